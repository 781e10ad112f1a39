# The web page as part of the binary. web_page(<file.cc>) makes <file.cc> of the files of web/dist, built by npm, or of
# web/plain: a short page that needs no npm; and, with either, of the description of the API.
set(VIALENS_WEB AUTO CACHE STRING "Build the web page: AUTO (where npm works), ON (or fail), OFF (the short page)")
set_property(CACHE VIALENS_WEB PROPERTY STRINGS AUTO ON OFF)

find_program(NPM npm)
find_program(NODE node)
if(NOT VIALENS_WEB STREQUAL "OFF")
  set(need "")
  if(NOT NPM OR NOT NODE)
    set(need "there is no npm (tools/setup web)")
  else()
    execute_process(COMMAND ${NODE} --version OUTPUT_VARIABLE version OUTPUT_STRIP_TRAILING_WHITESPACE)
    string(REGEX REPLACE "^v" "" version "${version}")
    if(version VERSION_LESS 20.19)
      set(need "it needs Node.js 20.19 or later, and ${NODE} is ${version}")
    endif()
  endif()
  if(need AND VIALENS_WEB STREQUAL "ON")
    message(FATAL_ERROR "VIALENS_WEB is ON, but the web page cannot be built: ${need}. Set it to OFF to build without the page")
  elseif(need)
    message(WARNING "vialens is built with a short page, for the whole one cannot be built: ${need}")
    set(NPM "")
  endif()
endif()

function(web_page output)
  set(web ${PROJECT_SOURCE_DIR}/web)
  set(docs ${PROJECT_SOURCE_DIR}/docs)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${web}/src/* ${web}/public/* ${web}/plain/* ${docs}/schema/*.schema.json)
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DWEB=${web} -DDOCS=${docs} -DDIST=${CMAKE_CURRENT_BINARY_DIR}/page -DOUTPUT=${output} -DMODE=${VIALENS_WEB}
            -DNPM=${NPM} -P ${PROJECT_SOURCE_DIR}/cmake/EmbedPage.cmake
    DEPENDS ${sources} ${docs}/api/openapi.yaml ${web}/index.html ${web}/package.json ${web}/package-lock.json ${web}/vite.config.ts
            ${PROJECT_SOURCE_DIR}/cmake/EmbedPage.cmake
    COMMENT "web page"
    VERBATIM)
endfunction()
