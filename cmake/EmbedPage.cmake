# cmake -DWEB=<folder> -DDOCS=<folder> -DDIST=<folder> -DOUTPUT=<file.cc> -DMODE=AUTO|ON|OFF -DNPM=<program>
#       -P EmbedPage.cmake
# Builds the page into DIST, and writes its files and the description of the API, compressed, as C++.
set(plain ${WEB}/plain)
set(pages ${plain})

# What fails here is an error with ON, and leaves the short page with AUTO.
function(run what result)
  execute_process(COMMAND ${ARGN} WORKING_DIRECTORY ${WEB} RESULT_VARIABLE status OUTPUT_VARIABLE said ERROR_VARIABLE said)
  set(${result} ${status} PARENT_SCOPE)
  if(NOT status EQUAL 0)
    if(MODE STREQUAL "ON")
      message(FATAL_ERROR "${what} failed (${status}); VIALENS_WEB=OFF builds without the page:\n${said}")
    endif()
    message(WARNING "${what} failed (${status}): vialens is built with a short page\n${said}")
  endif()
endfunction()

if(NOT MODE STREQUAL "OFF" AND NPM)
  # Several build folders share web/node_modules.
  file(LOCK ${WEB} DIRECTORY TIMEOUT 600)
  set(status 0)
  set(installed ${WEB}/node_modules/.package-lock.json)
  if(NOT EXISTS ${installed} OR ${WEB}/package-lock.json IS_NEWER_THAN ${installed})
    run("npm ci in web/" status ${NPM} ci --no-audit --no-fund)
    if(status EQUAL 0)
      file(TOUCH ${installed})
    endif()
  endif()
  if(status EQUAL 0)
    run("npm run build in web/" status ${NPM} run build -- --outDir ${DIST} --emptyOutDir)
  endif()
  file(LOCK ${WEB} DIRECTORY RELEASE)
  if(status EQUAL 0)
    set(pages ${DIST})
  endif()
endif()

set(type_html "text/html; charset=utf-8")
set(type_js "text/javascript; charset=utf-8")
set(type_css "text/css; charset=utf-8")
set(type_svg "image/svg+xml")
set(type_md "text/plain; charset=utf-8")
set(type_yaml "application/yaml") # RFC 9512
set(type_json "application/json")

# served(<path> <file>): what there is to be served, and from which file.
set(paths "")
macro(served path file)
  list(APPEND paths ${path})
  set(file_of_${path} ${file})
endmacro()

file(GLOB names RELATIVE ${pages} ${pages}/*)
list(SORT names)
foreach(name ${names})
  if(name STREQUAL "index.html")
    served(/ ${pages}/${name})
  else()
    served(/${name} ${pages}/${name})
  endif()
endforeach()

# The description of the API has the schemas beside it, and is of the server that it comes from. Where a schema is, says
# whoever serves it, and so the others are found beside it.
set(api ${OUTPUT}.api)
file(REMOVE_RECURSE ${api})
file(READ ${DOCS}/api/openapi.yaml text)
string(REPLACE "../schema/" "schema/" text "${text}")
string(REPLACE "- url: http://127.0.0.1:9760\n" "- url: /\n" text "${text}")
file(WRITE ${api}/openapi.yaml "${text}")
served(/api/v1/openapi.yaml ${api}/openapi.yaml)
file(GLOB names RELATIVE ${DOCS}/schema ${DOCS}/schema/*.schema.json)
list(SORT names)
foreach(name ${names})
  file(READ ${DOCS}/schema/${name} text)
  string(REPLACE "\"$id\": \"https://vialens.example/schema/" "\"$id\": \"" text "${text}")
  file(WRITE ${api}/${name} "${text}")
  served(/api/v1/schema/${name} ${api}/${name})
endforeach()

set(arrays "")
set(table "")
set(number 0)
foreach(path ${paths})
  set(file ${file_of_${path}})
  string(REGEX MATCH "[a-z]+$" ending ${file})
  if(NOT DEFINED type_${ending})
    message(FATAL_ERROR "web page: no Content-Type is known for ${file}; add it to cmake/EmbedPage.cmake")
  endif()
  set(packed ${OUTPUT}.gz)
  file(ARCHIVE_CREATE OUTPUT ${packed} PATHS ${file} FORMAT raw COMPRESSION GZip COMPRESSION_LEVEL 9)
  file(SIZE ${file} whole)
  file(SIZE ${packed} small)
  set(gzip true)
  if(NOT small LESS whole)
    set(gzip false)
    file(COPY_FILE ${file} ${packed})
  endif()
  file(READ ${packed} bytes HEX)
  file(REMOVE ${packed})
  string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
  string(REGEX REPLACE "(................................................................................)" "\\1\n" bytes "${bytes}")
  file(SHA256 ${file} hash)
  string(SUBSTRING ${hash} 0 24 hash)
  string(APPEND arrays "constexpr unsigned char kFile${number}[] = {\n${bytes}};\n")
  string(APPEND table "    {\"${path}\", \"${type_${ending}}\", \"\\\"${hash}\\\"\", text(kFile${number}), ${gzip}},\n")
  math(EXPR number "${number} + 1")
endforeach()

set(code "// Made by cmake/EmbedPage.cmake.
#include \"userspace/http/page.h\"

namespace vialens {
namespace {

${arrays}
template <std::size_t Size>
std::string_view text(const unsigned char (&bytes)[Size]) {
  return {reinterpret_cast<const char*>(bytes), Size};
}

}  // namespace

std::span<const Asset> page_assets() {
  static const Asset kAssets[] = {
${table}  };
  return kAssets;
}

}  // namespace vialens
")
file(WRITE ${OUTPUT} "${code}")
