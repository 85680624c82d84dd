#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include <shoal/known_peers.hpp>

namespace shoal::cli {

/// How far something is: one file, or several added up.
struct ProgressView {
  std::string label;  ///< printable: "big.iso", "3 files"
  std::uint64_t bytes = 0;
  std::uint64_t length = 0;
  double rate = 0;                      ///< bytes a second; 0 = not known yet
  std::optional<std::uint64_t> here{};  ///< proven bytes, where `bytes` are those looked at
  std::optional<std::size_t> peers;     ///< nothing where peers have no part in it
  std::uint64_t files = 0;              ///< of a folder
  std::uint64_t of_files = 0;           ///< 0: a file
  std::string held{};                   ///< by what, where that is told; in words
  std::optional<KnownPeers> alone{};    ///< while there are none: who is known of, and why
};

/// 0 to 100, and 100 only when nothing is missing.
[[nodiscard]] unsigned percent(std::uint64_t bytes, std::uint64_t length);

/// `big.iso  [======>      ]  42 %  118 MiB/s  3 peers  12 s left`, at most `width` - 1 columns (a
/// terminal wraps at the last one), at least the percentage. What matters least is left out first;
/// of several reasons why there are no peers, as many are told as there is room for.
[[nodiscard]] std::string progress_line(const ProgressView& view, std::size_t width);

/// The same for a pipe: `big.iso: 42 % of 1.4 GiB, 118 MiB/s, 3 peers, 12 s left`.
[[nodiscard]] std::string plain_progress(const ProgressView& view);

}  // namespace shoal::cli
