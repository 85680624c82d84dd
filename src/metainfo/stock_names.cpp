#include "metainfo/stock_names.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <unordered_map>

namespace shoal {
namespace {

constexpr std::size_t kLongestName = 240;
// U+200E, U+200F, U+202A to U+202E.
constexpr std::array<std::string_view, 7> kMarks{"\xe2\x80\x8e", "\xe2\x80\x8f", "\xe2\x80\xaa",
                                                 "\xe2\x80\xab", "\xe2\x80\xac", "\xe2\x80\xad",
                                                 "\xe2\x80\xae"};

bool is_changed(std::string_view name) {
  return name.size() > kLongestName ||
         std::ranges::any_of(kMarks, [&](std::string_view mark) { return name.contains(mark); });
}

std::string lower(std::string_view path) {
  std::string out(path);
  for (char& letter : out) {
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  }
  return out;
}

}  // namespace

StockNames stock_names(const FileTree& tree) {
  StockNames found;
  std::unordered_map<std::string, std::string_view> taken;  // in lower case; as it is
  for (std::uint32_t i = 0; i < tree.size(); ++i) {
    const std::string_view path = tree[FileIndex{i}].path;
    bool changed = false;
    for (std::size_t begin = 0; begin <= path.size();) {
      const std::size_t end = std::min(path.find('/', begin), path.size());
      const std::string_view until = path.substr(0, end);
      changed = changed || is_changed(path.substr(begin, end - begin)) ||
                taken.try_emplace(lower(until), until).first->second != until;
      begin = end + 1;
    }
    if (!changed) continue;
    if (++found.changed <= StockNames::kMostTold) found.first.emplace_back(path);
  }
  return found;
}

}  // namespace shoal
