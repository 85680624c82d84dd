# cmake -D SOURCE=dir -D OUTPUT=file [-D COMMIT=text] -P ShoalCommit.cmake
# Writes a header with the commit that is built. Left as it is where nothing has changed, so nothing is compiled again.
if(NOT COMMIT)
  set(COMMIT "$ENV{SHOAL_COMMIT}") # where there is no repository, as for a release
endif()
if(NOT COMMIT)
  execute_process(COMMAND git -C ${SOURCE} describe --always --abbrev=12 --match=- --dirty=+
                  OUTPUT_VARIABLE COMMIT OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
endif()
if(NOT COMMIT MATCHES "^[0-9a-zA-Z.+~-]+$")
  set(COMMIT unknown)
endif()
file(CONFIGURE OUTPUT ${OUTPUT} CONTENT [[
#pragma once

namespace shoal {

inline constexpr const char* kBuiltCommit = "@COMMIT@";

}  // namespace shoal
]] @ONLY)
