#include "storage/io_error.hpp"

#include "metainfo/name.hpp"

namespace shoal::storage {

std::string shown(const std::filesystem::path& path) {
  return printable(path.native());
}

std::unexpected<Error> io_failure(std::string_view doing, const std::filesystem::path& path,
                                  int error, Tried tried) {
  return fail(Errc::io, std::string(doing) + " " + shown(path) + ": " + in_words(tried, error));
}

}  // namespace shoal::storage
