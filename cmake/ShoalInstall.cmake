# What `cmake --install` puts in place: the programs, the library, its headers, and find_package(shoal) for others.
include(CMakePackageConfigHelpers)

install(TARGETS tracker seeder leecher)
install(TARGETS shoal EXPORT shoal)
set_target_properties(shoal_utf8proc PROPERTIES EXPORT_NAME utf8proc)
install(TARGETS shoal_utf8proc EXPORT shoal)
if(TARGET shoal_ipsec_mb)
  set_target_properties(shoal_ipsec_mb PROPERTIES EXPORT_NAME ipsec_mb)
  install(TARGETS shoal_ipsec_mb EXPORT shoal)
endif()
install(DIRECTORY include/shoal TYPE INCLUDE)
install(FILES README.md LICENSE TYPE DOC OPTIONAL)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/shoal)
install(EXPORT shoal FILE shoalTargets.cmake NAMESPACE shoal:: DESTINATION ${package_dir})
configure_package_config_file(cmake/shoalConfig.cmake.in ${PROJECT_BINARY_DIR}/shoalConfig.cmake
                              INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/shoalConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/shoalConfig.cmake ${PROJECT_BINARY_DIR}/shoalConfigVersion.cmake
        DESTINATION ${package_dir})
