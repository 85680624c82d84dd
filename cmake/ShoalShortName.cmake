# Run by `cmake --install` with `app`, `bin`, `share` and `man`: the short name of a program, unless it is somebody
# else's, and with it the short names of its manual and completions.
set(prefix "$ENV{DESTDIR}${CMAKE_INSTALL_PREFIX}")

# Whether `file` may be a link to `target`: nothing is there, or that link.
function(is_free file target into)
  set(there "")
  if(IS_SYMLINK "${file}")
    file(READ_SYMLINK "${file}" there)
  endif()
  if(EXISTS "${file}" AND NOT there STREQUAL target)
    set(${into} FALSE PARENT_SCOPE)
  else()
    set(${into} TRUE PARENT_SCOPE)
  endif()
endfunction()

# `target` is as the link has it, from its own folder.
function(link_beside folder short target)
  get_filename_component(goal "${prefix}/${folder}/${target}" ABSOLUTE)
  is_free("${prefix}/${folder}/${short}" "${target}" free)
  if(free AND EXISTS "${goal}")
    file(CREATE_LINK "${target}" "${prefix}/${folder}/${short}" SYMBOLIC)
    message(STATUS "Installing: ${prefix}/${folder}/${short}")
  endif()
endfunction()

is_free("${prefix}/${bin}/${app}" "shoal-${app}" free)
if(free)
  link_beside("${bin}" "${app}" "shoal-${app}")
  link_beside("${man}/man1" "${app}.1" "shoal-${app}.1")
  link_beside("${share}/bash-completion/completions" "${app}" "shoal-${app}")
  link_beside("${share}/zsh/vendor-completions" "_${app}" "../../shoal/zsh/_${app}")
  link_beside("${share}/fish/vendor_completions.d" "${app}.fish" "shoal-${app}.fish")
else()
  message(STATUS "Left alone: ${prefix}/${bin}/${app}, which is not ours; here the program is shoal-${app}")
endif()
