# The programs once more, as shoal-NAME in portable/, with every library in them but glibc: for a tarball that runs where
# no package is installed. They are linked from the same objects, so this costs seconds. Built on demand, as
# `shoal_portable`, and only where the static libraries are.
set(static_libraries "")
foreach(library ssl crypto utf8proc)
  find_library(SHOAL_STATIC_${library} lib${library}.a)
  list(APPEND static_libraries ${SHOAL_STATIC_${library}})
endforeach()
if(TARGET shoal_ipsec_mb)
  find_library(SHOAL_STATIC_IPSEC_MB libIPSec_MB.a)
  list(APPEND static_libraries ${SHOAL_STATIC_IPSEC_MB})
endif()
if(static_libraries MATCHES "NOTFOUND" OR SHOAL_SANITIZE)
  return()
endif()

add_library(shoal_portable_logging STATIC EXCLUDE_FROM_ALL src/apps/portable_logging.cpp)
target_compile_features(shoal_portable_logging PRIVATE cxx_std_23)
foreach(library spdlog::spdlog fmt::fmt)
  if(TARGET ${library})
    target_include_directories(shoal_portable_logging SYSTEM PRIVATE
      $<TARGET_PROPERTY:${library},INTERFACE_INCLUDE_DIRECTORIES>)
    target_compile_definitions(shoal_portable_logging PRIVATE
      $<TARGET_PROPERTY:${library},INTERFACE_COMPILE_DEFINITIONS>)
  endif()
endforeach()

add_custom_target(shoal_portable)
foreach(app tracker seeder leecher)
  add_executable(portable_${app} EXCLUDE_FROM_ALL $<TARGET_OBJECTS:${app}>)
  set_target_properties(portable_${app} PROPERTIES LINKER_LANGUAGE CXX OUTPUT_NAME shoal-${app}
                        RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/portable)
  add_dependencies(portable_${app} shoal_cli shoal_status shoal_web shoal)
  target_link_libraries(portable_${app} PRIVATE
    $<TARGET_FILE:shoal_cli> $<TARGET_FILE:shoal_status> $<TARGET_FILE:shoal_web> $<TARGET_FILE:shoal> shoal_portable_logging ${static_libraries} Threads::Threads
    ${CMAKE_DL_LIBS} -static-libstdc++ -static-libgcc)
  add_dependencies(shoal_portable portable_${app})
endforeach()
