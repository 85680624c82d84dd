# Man pages, in ${PROJECT_BINARY_DIR}/share, made by a program that has the options linked in; so not where that program cannot
# run, nor for a project that only embeds the library.
if(CMAKE_CROSSCOMPILING OR NOT PROJECT_IS_TOP_LEVEL)
  return()
endif()
add_executable(shoal_make_docs src/apps/docs.cpp)
target_link_libraries(shoal_make_docs PRIVATE shoal_cli shoal shoal_build)
set(SHOAL_SHARE_DIR ${PROJECT_BINARY_DIR}/share)
set(pages ${SHOAL_SHARE_DIR}/man/man1/tracker.1 ${SHOAL_SHARE_DIR}/man/man1/seeder.1
          ${SHOAL_SHARE_DIR}/man/man1/leecher.1 ${SHOAL_SHARE_DIR}/man/man5/shoal.conf.5)
add_custom_command(OUTPUT ${pages} COMMAND shoal_make_docs ${SHOAL_SHARE_DIR} DEPENDS shoal_make_docs VERBATIM)
add_custom_target(shoal_docs ALL DEPENDS ${pages})
