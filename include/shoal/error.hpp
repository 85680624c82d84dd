#pragma once

#include <expected>
#include <string>
#include <utility>

namespace shoal {

/// What kind of failure it was, for programs; `Error::message` tells people.
enum class Errc {
  io,          ///< a file or socket operation failed
  bad_input,   ///< malformed bytes, options or names
  bad_name,    ///< a file name that is not allowed
  not_found,   ///< nobody offers that name
  no_part,     ///< of a folder: it has no such part, or nobody says what is in it
  no_tracker,  ///< no tracker answered
  conflict,    ///< the name stands for other content
  unprovable,  ///< content could not be proven against its root
  table_full,  ///< a bounded table has no room left
  busy,        ///< somebody else is using it (a second leecher on one .part)
  cancelled,   ///< stopped on request; can be resumed
};

/// A failure: its kind, and one sentence that names what is wrong and what to do.
struct Error {
  Errc code;
  std::string message;

  bool operator==(const Error&) const = default;
};

template <class T>
using Result = std::expected<T, Error>;

[[nodiscard]] inline std::unexpected<Error> fail(Errc code, std::string message) {
  return std::unexpected(Error{code, std::move(message)});
}

}  // namespace shoal
