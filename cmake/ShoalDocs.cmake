# Man pages and completions, in ${PROJECT_BINARY_DIR}/share, made by a program that has the options linked in; so not
# where that program cannot run, nor for a project that only embeds the library.
if(CMAKE_CROSSCOMPILING OR NOT PROJECT_IS_TOP_LEVEL)
  return()
endif()
add_executable(shoal_make_docs src/apps/docs.cpp)
target_link_libraries(shoal_make_docs PRIVATE shoal_cli shoal shoal_build)
set(SHOAL_SHARE_DIR ${PROJECT_BINARY_DIR}/share)
set(pages ${SHOAL_SHARE_DIR}/man/man5/shoal.conf.5)
foreach(app tracker seeder leecher)
  list(APPEND pages ${SHOAL_SHARE_DIR}/man/man1/${app}.1 ${SHOAL_SHARE_DIR}/completions/bash/${app}
       ${SHOAL_SHARE_DIR}/completions/zsh/_${app} ${SHOAL_SHARE_DIR}/completions/zsh/_shoal-${app}
       ${SHOAL_SHARE_DIR}/completions/fish/${app}.fish)
endforeach()
add_custom_command(OUTPUT ${pages} COMMAND shoal_make_docs ${SHOAL_SHARE_DIR} DEPENDS shoal_make_docs VERBATIM)
add_custom_target(shoal_docs ALL DEPENDS ${pages})
