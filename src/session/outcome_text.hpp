#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include <shoal/error.hpp>
#include <shoal/file_info.hpp>

#include "session/stall_detector.hpp"
#include "storage/other_versions.hpp"

namespace shoal::session {

/// Why a download is given up, and what is kept of it. Precondition: `verdict` is one that ends it.
[[nodiscard]] Error given_up(const FileInfo& file, const DownloadSample& sample,
                             StallDetector::Verdict verdict);

/// So many files at that place are not what was to be put there; `more`: perhaps others, too,
/// which nobody can prove.
[[nodiscard]] Error in_the_way(std::size_t files, const std::filesystem::path& folder, bool more);
/// A link stands for a folder of that name, which is not put into the one that is there: that has
/// nothing of it, or it would get `hidden`.
[[nodiscard]] Error not_by_a_link(const std::filesystem::path& folder, const std::string& name,
                                  const std::string& hidden);
/// To be told before a folder is put into one that is there.
[[nodiscard]] std::string is_added_to(const std::filesystem::path& folder);
/// What is to be told of what has come of another version of the folder `name`: what of it is used,
/// and what people can do with it. `by_name`: that name was typed for this one.
[[nodiscard]] std::string is_of_another_version(const storage::OtherVersion& other,
                                                const std::string& name, bool by_name,
                                                const storage::TakenOver& taken);

}  // namespace shoal::session
