#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <shoal/tracker_status.hpp>

namespace shoal::status {

/// Which part of a long list of names is asked for.
struct OfferedQuery {
  enum class Column : std::uint8_t { name, size, seeders, leechers, completed };

  std::string search;  ///< is in the names, in either case of ASCII letters; empty: all
  Column column = Column::name;
  bool descending = false;
  std::size_t page = 1;
};

/// "q", "sort", "order" and "page" of a link, whatever is in them: what makes no sense is as though
/// it were not there.
[[nodiscard]] OfferedQuery parse_offered_query(std::string_view search, std::string_view sort,
                                               std::string_view order, std::string_view page);
[[nodiscard]] std::string_view word_of(OfferedQuery::Column column);
/// The same as a link's query: "?q=...".
[[nodiscard]] std::string link_of(const OfferedQuery& query);

struct OfferedPage {
  OfferedQuery query;  ///< with the page that it is, the last one where a later one was asked for
  std::size_t total = 0;
  std::size_t matching = 0;
  std::size_t pages = 1;
  std::vector<TrackedFile> files;  ///< at most kPageLength
};
inline constexpr std::size_t kPageLength = 50;

/// One page of the files, in an order in which equal ones are sorted by name.
[[nodiscard]] OfferedPage offered_page(const std::vector<TrackedFile>& files, OfferedQuery query);

}  // namespace shoal::status
