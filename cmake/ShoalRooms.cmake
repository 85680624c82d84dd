# shoal_room(NAME [ROOMS r...] [LIBS l...] [TOGETHER] [OUTSIDE])
# One folder of src/ with its sub-folders as a library that is linked with the rooms below it and with nothing else.
# TOGETHER: with SHOAL_UNITY its files are compiled many at a time, so names in their unnamed namespaces must differ.
# OUTSIDE: not a part of the library that others embed.
function(shoal_room name)
  cmake_parse_arguments(arg "OUTSIDE;TOGETHER" "" "ROOMS;LIBS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${name}/*.cpp)
  add_library(shoal_${name} STATIC ${sources})
  target_include_directories(shoal_${name} PUBLIC ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src)
  list(TRANSFORM arg_ROOMS PREPEND shoal_)
  if(arg_TOGETHER AND SHOAL_UNITY)
    set_target_properties(shoal_${name} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 12)
    # GCC takes the files of a unit for headers, whose types others would see.
    target_compile_options(shoal_${name} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
  endif()
  if(arg_OUTSIDE)
    target_link_libraries(shoal_${name} PUBLIC shoal PRIVATE shoal_build PUBLIC shoal_asio ${arg_LIBS})
  else()
    target_link_libraries(shoal_${name} PUBLIC ${arg_ROOMS} ${arg_LIBS} PRIVATE shoal_build)
    set_property(GLOBAL APPEND PROPERTY SHOAL_ROOMS shoal_${name})
    set_property(GLOBAL APPEND PROPERTY SHOAL_ROOM_LIBS ${arg_LIBS})
  endif()
endfunction()

# Every room so far in one archive, libshoal.a. Its public headers need the standard library only, so what the
# rooms use is linked with it and otherwise private. Asio has no binary; its headers were needed by the rooms alone.
function(shoal_library)
  get_property(rooms GLOBAL PROPERTY SHOAL_ROOMS)
  get_property(libs GLOBAL PROPERTY SHOAL_ROOM_LIBS)
  list(REMOVE_DUPLICATES libs)
  list(REMOVE_ITEM libs shoal_asio)
  list(TRANSFORM rooms REPLACE "(.+)" "$<TARGET_OBJECTS:\\1>" OUTPUT_VARIABLE objects)
  add_library(shoal STATIC ${objects})
  add_library(shoal::shoal ALIAS shoal)
  target_include_directories(shoal PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_compile_features(shoal PUBLIC cxx_std_23)
  target_link_libraries(shoal PRIVATE ${libs})
endfunction()

# shoal_room_test(NAME [THREADED] [RUNS n] [LIBS l...]): tests/unit/NAME/ against that room alone.
# THREADED: has threads, sockets or files: each test is a process of its own, and `scripts/test tsan` runs it too.
# The others are pure, and n processes (1) share them: a sanitized program takes longer to start than such a test.
function(shoal_room_test name)
  cmake_parse_arguments(arg "THREADED" "RUNS" "LIBS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/unit/${name}/*.cpp)
  if(NOT sources)
    return()
  endif()
  add_executable(test_${name} ${sources})
  target_link_libraries(test_${name} PRIVATE shoal_${name} ${arg_LIBS})
  if(arg_THREADED)
    shoal_google_test(test_${name} PREFIX "${name}." LABEL unit-threaded)
    return()
  endif()
  shoal_test_program(test_${name})
  if(NOT arg_RUNS)
    set(arg_RUNS 1)
  endif()
  math(EXPR last "${arg_RUNS} - 1")
  foreach(run RANGE ${last})
    add_test(NAME ${name}.${run} COMMAND test_${name})
    set_tests_properties(${name}.${run} PROPERTIES LABELS unit TIMEOUT 600
                         ENVIRONMENT "GTEST_TOTAL_SHARDS=${arg_RUNS};GTEST_SHARD_INDEX=${run}")
  endforeach()
endfunction()

# shoal_integration_test(NAME SOURCES...): a GoogleTest program that drives the real programs, which are in
# SHOAL_BIN_DIR. Everything runs on loopback with ports that the system chooses, so tests may run side by side.
function(shoal_integration_test name)
  add_executable(test_${name} ${ARGN})
  target_compile_definitions(test_${name} PRIVATE SHOAL_BIN_DIR="${SHOAL_BIN_DIR}")
  target_link_libraries(test_${name} PRIVATE shoal_session shoal_tracker nlohmann_json::nlohmann_json)
  add_dependencies(test_${name} tracker seeder leecher)
  shoal_google_test(test_${name} PREFIX "integration." LABEL integration-threaded)
endfunction()

# What all test programs have in common.
function(shoal_test_program target)
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  target_compile_definitions(${target} PRIVATE SHOAL_TEST_DATA="${PROJECT_SOURCE_DIR}/tests/data")
  target_link_libraries(${target} PRIVATE shoal_build GTest::gmock_main)
endfunction()

# Each test of a program as a process of its own. One label: gtest_discover_tests loses the second of a list.
function(shoal_google_test target)
  cmake_parse_arguments(arg "" "PREFIX;LABEL" "" ${ARGN})
  shoal_test_program(${target})
  if(arg_LABEL MATCHES threaded)
    set_property(GLOBAL APPEND PROPERTY SHOAL_THREADED_TESTS ${target})
  endif()
  gtest_discover_tests(${target} TEST_PREFIX "${arg_PREFIX}" PROPERTIES TIMEOUT 120 LABELS ${arg_LABEL}
                       DISCOVERY_TIMEOUT 60 DISCOVERY_MODE PRE_TEST)
endfunction()
