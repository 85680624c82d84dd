# Debian's packages; scripts/bootstrap installs them.
find_package(Threads REQUIRED)
find_package(OpenSSL 3.0 REQUIRED COMPONENTS SSL Crypto)
find_package(CLI11 REQUIRED)
find_package(spdlog REQUIRED)
find_package(nlohmann_json REQUIRED)

# Asio has no CMake config. Its bodies are compiled once, in src/net/asio.cpp, not in every file.
find_path(ASIO_INCLUDE_DIR asio.hpp REQUIRED)
add_library(shoal_asio INTERFACE)
target_include_directories(shoal_asio SYSTEM INTERFACE ${ASIO_INCLUDE_DIR})
target_compile_definitions(shoal_asio INTERFACE ASIO_STANDALONE ASIO_SEPARATE_COMPILATION ASIO_NO_DEPRECATED)
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  # Asio 1.22 does not recognise Clang's coroutines by itself.
  target_compile_definitions(shoal_asio INTERFACE ASIO_HAS_CO_AWAIT ASIO_HAS_STD_COROUTINE)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # At some levels of inlining GCC 12 takes Asio's own pair of coroutine new and delete for a mismatch.
  target_compile_options(shoal_asio INTERFACE -Wno-mismatched-new-delete)
endif()
target_link_libraries(shoal_asio INTERFACE Threads::Threads)

# Unicode normal forms. It has no CMake config.
find_path(UTF8PROC_INCLUDE_DIR utf8proc.h REQUIRED)
find_library(UTF8PROC_LIBRARY utf8proc REQUIRED)
add_library(shoal_utf8proc INTERFACE)
target_include_directories(shoal_utf8proc SYSTEM INTERFACE $<BUILD_INTERFACE:${UTF8PROC_INCLUDE_DIR}>)
target_link_libraries(shoal_utf8proc INTERFACE
  $<BUILD_INTERFACE:${UTF8PROC_LIBRARY}> $<INSTALL_INTERFACE:utf8proc>)

# Optional: many SHA-256 at once. Chosen at run time where the processor gains by it.
set(SHOAL_MULTI_BUFFER_LIBRARY "")
if(SHOAL_MULTI_BUFFER_HASHING)
  find_path(IPSEC_MB_INCLUDE_DIR intel-ipsec-mb.h)
  find_library(IPSEC_MB_LIBRARY IPSec_MB)
  if(IPSEC_MB_INCLUDE_DIR AND IPSEC_MB_LIBRARY)
    add_library(shoal_ipsec_mb INTERFACE)
    target_link_libraries(shoal_ipsec_mb INTERFACE
      $<BUILD_INTERFACE:${IPSEC_MB_LIBRARY}> $<INSTALL_INTERFACE:IPSec_MB>)
    target_compile_definitions(shoal_ipsec_mb INTERFACE $<BUILD_INTERFACE:SHOAL_HAVE_IPSEC_MB>)
    set(SHOAL_MULTI_BUFFER_LIBRARY shoal_ipsec_mb)
  endif()
endif()
