# What `cmake --install` puts in place: the programs, their manuals and completions, the library, its headers, and
# find_package(shoal) for others. Debian's packages are made of its components (debian/rules).
include(CMakePackageConfigHelpers)

# `tracker` is what GNOME calls a program of its own, so the names that are sure to be ours come first. The short ones
# are links to them, where nothing else is (below).
foreach(app tracker seeder leecher)
  install(PROGRAMS $<TARGET_FILE:${app}> TYPE BIN RENAME shoal-${app} COMPONENT programs)
endforeach()
install(FILES README.md LICENSE CHANGELOG.md docs/security.md docs/install.md docs/pages.md TYPE DOC COMPONENT programs)

# The target shoal_docs makes these.
if(TARGET shoal_docs)
  set(docs ${SHOAL_SHARE_DIR})
  foreach(app tracker seeder leecher)
    install(FILES ${docs}/man/man1/${app}.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 RENAME shoal-${app}.1
            COMPONENT programs)
    install(FILES ${docs}/completions/bash/${app} DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions
            RENAME shoal-${app} COMPONENT programs)
    install(FILES ${docs}/completions/zsh/_shoal-${app} DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions
            COMPONENT programs)
    # Where the short name is ours, as Debian's alternatives see to it.
    install(FILES ${docs}/completions/zsh/_${app} DESTINATION ${CMAKE_INSTALL_DATADIR}/shoal/zsh COMPONENT programs)
    install(FILES ${docs}/completions/fish/${app}.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d
            RENAME shoal-${app}.fish COMPONENT programs)
  endforeach()
  install(FILES ${docs}/man/man5/shoal.conf.5 DESTINATION ${CMAKE_INSTALL_MANDIR}/man5 COMPONENT programs)
endif()

# Last, because these are links to what is there by now.
foreach(app tracker seeder leecher)
  install(CODE "set(app ${app})\nset(bin \"${CMAKE_INSTALL_BINDIR}\")\nset(share \"${CMAKE_INSTALL_DATADIR}\")
set(man \"${CMAKE_INSTALL_MANDIR}\")" COMPONENT short_names)
  install(SCRIPT cmake/ShoalShortName.cmake COMPONENT short_names)
endforeach()

install(TARGETS shoal EXPORT shoal COMPONENT development)
set_target_properties(shoal_utf8proc PROPERTIES EXPORT_NAME utf8proc)
install(TARGETS shoal_utf8proc EXPORT shoal COMPONENT development)
if(TARGET shoal_ipsec_mb)
  set_target_properties(shoal_ipsec_mb PROPERTIES EXPORT_NAME ipsec_mb)
  install(TARGETS shoal_ipsec_mb EXPORT shoal COMPONENT development)
endif()
install(DIRECTORY include/shoal TYPE INCLUDE COMPONENT development)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/shoal)
install(EXPORT shoal FILE shoalTargets.cmake NAMESPACE shoal:: DESTINATION ${package_dir} COMPONENT development)
configure_package_config_file(cmake/shoalConfig.cmake.in ${PROJECT_BINARY_DIR}/shoalConfig.cmake
                              INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/shoalConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/shoalConfig.cmake ${PROJECT_BINARY_DIR}/shoalConfigVersion.cmake
        DESTINATION ${package_dir} COMPONENT development)

# For everybody else: pkg-config --static shoal. The prefix is known when it is installed.
set(pc_libs -lstdc++)
if(TARGET shoal_ipsec_mb)
  string(PREPEND pc_libs "-lIPSec_MB ")
endif()
install(CODE "set(SHOAL_PC_LIBS \"${pc_libs}\")
set(CMAKE_INSTALL_LIBDIR \"${CMAKE_INSTALL_LIBDIR}\")
set(CMAKE_INSTALL_INCLUDEDIR \"${CMAKE_INSTALL_INCLUDEDIR}\")
set(PROJECT_DESCRIPTION \"${PROJECT_DESCRIPTION}\")
set(PROJECT_VERSION \"${PROJECT_VERSION}\")
configure_file(\"${PROJECT_SOURCE_DIR}/cmake/shoal.pc.in\"
               \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_LIBDIR}/pkgconfig/shoal.pc\" @ONLY)"
  COMPONENT development)
