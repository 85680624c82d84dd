# Language level, warnings and sanitizers, carried by one interface target.
if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
endif()
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

find_program(SHOAL_CCACHE ccache)
if(SHOAL_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${SHOAL_CCACHE})
endif()

add_library(shoal_build INTERFACE)
target_compile_features(shoal_build INTERFACE cxx_std_23)
target_compile_options(shoal_build INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wcast-align
  $<$<BOOL:${SHOAL_WERROR}>:-Werror>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # Where it inlines, GCC 12 takes std::variant and std::string for uninitialised or overlapping (its bugs 80635 and
  # 105651). The sanitizers look for the real thing.
  target_compile_options(shoal_build INTERFACE -Wno-maybe-uninitialized -Wno-restrict
                         -Wno-stringop-overflow)
endif()
if(SHOAL_SANITIZE)
  target_compile_options(shoal_build INTERFACE -fsanitize=${SHOAL_SANITIZE} -fno-sanitize-recover=all
                                               -fno-omit-frame-pointer -g1)
  target_link_options(shoal_build INTERFACE -fsanitize=${SHOAL_SANITIZE})
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND SHOAL_SANITIZE MATCHES "address")
  # A million of the sanitizer's own pointers would have to be relocated at each start, which takes longer than most
  # tests. The objects stay as they are, for whoever links the library into something else.
  target_link_options(shoal_build INTERFACE -no-pie)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND SHOAL_SANITIZE MATCHES "thread")
  # GCC warns that TSan does not model std::atomic_thread_fence, which Asio uses once.
  target_compile_options(shoal_build INTERFACE -Wno-tsan)
endif()
