# The web page as part of the binary. web_page(<file.cc>) makes <file.cc> of the files of web/dist, built by npm, or of
# web/plain: a short page that needs no npm.
set(VIALENS_WEB AUTO CACHE STRING "Build the web page: AUTO (where npm works), ON (or fail), OFF (the short page)")
set_property(CACHE VIALENS_WEB PROPERTY STRINGS AUTO ON OFF)

find_program(NPM npm)
if(VIALENS_WEB STREQUAL "ON" AND NOT NPM)
  message(FATAL_ERROR "VIALENS_WEB is ON and there is no npm: install it (tools/setup web), or set VIALENS_WEB to OFF")
elseif(VIALENS_WEB STREQUAL "AUTO" AND NOT NPM)
  message(WARNING "no npm: vialens is built with a short page. To have the whole one, install npm (tools/setup web)")
endif()

function(web_page output)
  set(web ${PROJECT_SOURCE_DIR}/web)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${web}/src/* ${web}/public/* ${web}/plain/*)
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DWEB=${web} -DDIST=${CMAKE_CURRENT_BINARY_DIR}/page -DOUTPUT=${output} -DMODE=${VIALENS_WEB}
            -DNPM=${NPM} -P ${PROJECT_SOURCE_DIR}/cmake/EmbedPage.cmake
    DEPENDS ${sources} ${web}/index.html ${web}/package.json ${web}/package-lock.json ${web}/vite.config.ts
            ${PROJECT_SOURCE_DIR}/cmake/EmbedPage.cmake
    COMMENT "web page"
    VERBATIM)
endfunction()
