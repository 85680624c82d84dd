# shoal_commit.hpp, looked at in every build: a commit changes no file that CMake watches.
set(commit_header ${PROJECT_BINARY_DIR}/generated/shoal_commit.hpp)
set(write_commit ${CMAKE_COMMAND} -D SOURCE=${PROJECT_SOURCE_DIR} -D OUTPUT=${commit_header} -D COMMIT=${SHOAL_COMMIT}
                 -P ${CMAKE_CURRENT_LIST_DIR}/ShoalCommit.cmake)
add_custom_target(shoal_commit BYPRODUCTS ${commit_header} COMMAND ${write_commit} VERBATIM)
add_dependencies(shoal_base shoal_commit)
target_include_directories(shoal_base PRIVATE ${PROJECT_BINARY_DIR}/generated)
