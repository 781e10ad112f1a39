# Warnings, hardening, sanitizers, and the libraries that everything uses.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
include(GNUInstallDirs)

find_package(PkgConfig REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)
find_package(Threads REQUIRED)
find_package(ZLIB REQUIRED)
find_package(OpenSSL REQUIRED)
pkg_check_modules(httplib REQUIRED IMPORTED_TARGET cpp-httplib)
find_package(SQLite3 REQUIRED)
pkg_check_modules(libbpf REQUIRED IMPORTED_TARGET libbpf)
pkg_check_modules(prometheus REQUIRED IMPORTED_TARGET prometheus-cpp-core)
pkg_check_modules(libpcap REQUIRED IMPORTED_TARGET libpcap)
pkg_check_modules(tomlplusplus REQUIRED tomlplusplus) # its headers alone: no library more on the box

add_compile_options(-Wall -Wextra -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_compile_options(-Wno-restrict) # GCC 12 sees overlaps in std::string that are not there (GCC bug 105651)
endif()
add_compile_options("$<$<COMPILE_LANGUAGE:CXX>:-Wconversion;-Wshadow;-Wnon-virtual-dtor>")
if(VIALENS_SANITIZE)
  add_compile_options(-fsanitize=address,undefined -fno-omit-frame-pointer -fno-sanitize-recover=undefined)
  add_link_options(-fsanitize=address,undefined)
  if(VIALENS_FUZZ)
    add_compile_options("$<$<COMPILE_LANGUAGE:CXX>:-fsanitize=fuzzer-no-link>")
  endif()
else()
  add_compile_options(-fstack-protector-strong "$<$<CONFIG:Release>:-D_FORTIFY_SOURCE=2>")
  add_link_options(-Wl,-z,relro,-z,now)
endif()

# vialens_module(<name> <folder> [SMALL] USES <libraries>): one folder, one static library. What it may include is what it
# uses; tools/check looks at the includes themselves. SMALL: what no packet passes through, and is better small than fast.
function(vialens_module name folder)
  cmake_parse_arguments(arg "SMALL" "" "USES" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${folder}/*.cc)
  add_library(${name} STATIC ${sources})
  target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/include)
  target_link_libraries(${name} PUBLIC ${arg_USES})
  if(arg_SMALL)
    target_compile_options(${name} PRIVATE "$<$<CONFIG:Release>:-Os>")
  endif()
endfunction()

# Small, for routers: -O3, which CMake takes for Release, makes the program a third larger and hardly faster. What nothing
# refers to is left out, and relocations are packed (DT_RELR, which glibc knows since 2.36 and musl since 1.2.4).
string(REPLACE "-O3" "-O2" CMAKE_CXX_FLAGS_RELEASE "${CMAKE_CXX_FLAGS_RELEASE}")
add_compile_options("$<$<CONFIG:Release>:-ffunction-sections;-fdata-sections>")
add_link_options("$<$<CONFIG:Release>:-Wl,--gc-sections;-Wl,-z,pack-relative-relocs>")

# embed_text(<target> <file> <name>): the file as std::string_view vialens::<name>, declared where it is used.
function(embed_text target file name)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${file})
  file(READ ${PROJECT_SOURCE_DIR}/${file} text)
  set(source ${CMAKE_CURRENT_BINARY_DIR}/${name}.cc)
  file(CONFIGURE OUTPUT ${source} @ONLY CONTENT [[// Made of @file@.
#include <string_view>

namespace vialens {
extern const std::string_view @name@;
const std::string_view @name@ = R"embedded(@text@)embedded";
}  // namespace vialens
]])
  target_sources(${target} PRIVATE ${source})
endfunction()
