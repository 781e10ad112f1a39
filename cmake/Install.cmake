# What is installed besides the binary: the unit, the example of a configuration, the manual and the completion. The latter
# two are printed by programs of this build, so a cross build has them only with CMAKE_CROSSCOMPILING_EMULATOR.
set(made ${PROJECT_BINARY_DIR}/dist)
file(MAKE_DIRECTORY ${made})

# vialens_made(<file> <program> <argument> <destination>): what the program prints.
function(vialens_made file program argument destination)
  add_custom_command(OUTPUT ${made}/${file}
    COMMAND ${program} ${argument} > ${made}/${file}
    DEPENDS ${program}
    VERBATIM)
  set_property(GLOBAL APPEND PROPERTY vialens_made_files ${made}/${file})
  install(FILES ${made}/${file} DESTINATION ${destination})
endfunction()

if(NOT CMAKE_CROSSCOMPILING OR CMAKE_CROSSCOMPILING_EMULATOR)
  vialens_made(vialens.8 manual man ${CMAKE_INSTALL_MANDIR}/man8)
  vialens_made(vialens.toml.5 config_doc man ${CMAKE_INSTALL_MANDIR}/man5)
  vialens_made(vialens manual bash ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
  vialens_made(_vialens manual zsh ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
  vialens_made(vialens.fish manual fish ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
  get_property(files GLOBAL PROPERTY vialens_made_files)
  add_custom_target(manuals ALL DEPENDS ${files})
endif()

set(VIALENS ${CMAKE_INSTALL_FULL_SBINDIR}/vialens)
set(CONFIG ${CMAKE_INSTALL_FULL_SYSCONFDIR}/vialens/vialens.toml)
configure_file(${PROJECT_SOURCE_DIR}/dist/vialens.service.in ${made}/vialens.service @ONLY)
install(FILES ${made}/vialens.service DESTINATION lib/systemd/system)
install(FILES ${PROJECT_SOURCE_DIR}/dist/vialens.sysusers DESTINATION lib/sysusers.d RENAME vialens.conf)
install(FILES ${PROJECT_SOURCE_DIR}/dist/vialens.toml DESTINATION ${CMAKE_INSTALL_DOCDIR})
