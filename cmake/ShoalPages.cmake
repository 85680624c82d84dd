# The files of src/web/pages as a source of the room `web`.
set(pages ${PROJECT_SOURCE_DIR}/src/web/pages)
set(page_files ${pages}/page.html ${pages}/shoal.css ${pages}/shoal.js ${pages}/shoal.svg)
set(embedded ${PROJECT_BINARY_DIR}/generated/pages_embedded.cpp)
add_custom_command(
  OUTPUT ${embedded}
  COMMAND ${CMAKE_COMMAND} "-DFILES=${page_files}" -DOUTPUT=${embedded} -P ${PROJECT_SOURCE_DIR}/cmake/ShoalEmbed.cmake
  DEPENDS ${page_files} ${PROJECT_SOURCE_DIR}/cmake/ShoalEmbed.cmake VERBATIM)
target_sources(shoal_web PRIVATE ${embedded})
