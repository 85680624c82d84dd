#pragma once

#include <shoal/error.hpp>
#include <shoal/file_info.hpp>

namespace shoal {

/// Whether what is said of a folder can be so: its name, the number of its files, lengths, an info
/// hash. Whether it is so, its info dictionary tells. Precondition: it is a folder. Errors:
/// bad_name, bad_input.
[[nodiscard]] Result<void> check_folder(const FileInfo& folder);

}  // namespace shoal
