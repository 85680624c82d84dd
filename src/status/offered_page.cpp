#include "status/offered_page.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <tuple>
#include <utility>

#include "status/html.hpp"

namespace shoal::status {
namespace {

using Column = OfferedQuery::Column;

constexpr std::size_t kLongestSearch = 255;  // bytes, as a name's
constexpr std::array<std::pair<std::string_view, Column>, 5> kColumns{
    {{"name", Column::name},
     {"size", Column::size},
     {"seeders", Column::seeders},
     {"leechers", Column::leechers},
     {"completed", Column::completed}}};

char lower_case(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool contains_either_case(std::string_view text, std::string_view part) {
  const auto same = [](char a, char b) { return lower_case(a) == lower_case(b); };
  return !std::ranges::search(text, part, same).empty() || part.empty();
}

std::uint64_t number_of(const TrackedFile& file, Column column) {
  switch (column) {
    case Column::size:
      return file.length;
    case Column::seeders:
      return file.seeders;
    case Column::leechers:
      return file.leechers;
    case Column::completed:
      return file.completed;
    case Column::name:
      break;
  }
  return 0;
}

}  // namespace

OfferedQuery parse_offered_query(std::string_view search, std::string_view sort,
                                 std::string_view order, std::string_view page) {
  OfferedQuery query;
  query.search = search.substr(0, kLongestSearch);
  for (const auto& [word, column] : kColumns)
    if (sort == word) query.column = column;
  query.descending = order == "desc";
  std::size_t number = 0;
  const auto [end, fault] = std::from_chars(page.data(), page.data() + page.size(), number);
  if (fault == std::errc{} && end == page.data() + page.size() && number > 0) query.page = number;
  return query;
}

std::string_view word_of(Column column) {
  for (const auto& [word, one] : kColumns)
    if (one == column) return word;
  return "name";
}

std::string link_of(const OfferedQuery& query) {
  std::string out = "?sort=" + std::string(word_of(query.column));
  if (query.descending) out += "&order=desc";
  if (!query.search.empty()) out += "&q=" + percent_encoded(query.search);
  if (query.page > 1) out += "&page=" + std::to_string(query.page);
  return out;
}

OfferedPage offered_page(const std::vector<TrackedFile>& files, OfferedQuery query) {
  std::vector<const TrackedFile*> matching;
  for (const TrackedFile& file : files)
    if (contains_either_case(file.name, query.search)) matching.push_back(&file);

  OfferedPage out;
  out.total = files.size();
  out.matching = matching.size();
  out.pages = std::max<std::size_t>(1, (matching.size() + kPageLength - 1) / kPageLength);
  query.page = std::clamp<std::size_t>(query.page, 1, out.pages);

  const auto before = [&](const TrackedFile* a, const TrackedFile* b) {
    const std::uint64_t of_a = number_of(*a, query.column);
    const std::uint64_t of_b = number_of(*b, query.column);
    if (of_a != of_b) return query.descending ? of_a > of_b : of_a < of_b;
    const bool backwards = query.descending && query.column == Column::name;
    return backwards ? a->name > b->name : a->name < b->name;
  };
  // Only the page itself is put in order.
  const auto at = [&](std::size_t index) {
    return matching.begin() + static_cast<std::ptrdiff_t>(std::min(index, matching.size()));
  };
  const auto first = at((query.page - 1) * kPageLength);
  const auto end = at(query.page * kPageLength);
  if (first != matching.end()) std::nth_element(matching.begin(), first, matching.end(), before);
  std::partial_sort(first, end, matching.end(), before);
  for (auto one = first; one != end; ++one) out.files.push_back(**one);
  out.query = std::move(query);
  return out;
}

}  // namespace shoal::status
