#include "web/pages.hpp"

#include <array>
#include <string>

#include "base/version.hpp"

namespace shoal::web {
namespace {

/// `text` with each @word@ replaced; what is put in is not looked at again.
std::string filled_in(std::string_view text, std::string_view title, std::string_view main) {
  const std::string program = "Shoal " + std::string(version());
  const std::array<std::pair<std::string_view, std::string_view>, 3> words{
      {{"@title@", title}, {"@main@", main}, {"@version@", program}}};
  std::string out;
  while (!text.empty()) {
    std::string_view put = text.substr(0, 1);
    std::size_t taken = 1;
    for (const auto& [word, by] : words) {
      if (!text.starts_with(word)) continue;
      put = by;
      taken = word.size();
    }
    out += put;
    text.remove_prefix(taken);
  }
  return out;
}

}  // namespace

Response framed(std::string_view title, std::string_view main) {
  Response response;
  response.body = filled_in(embedded::page_html, title, main);
  return response;
}

std::optional<Response> asset(std::string_view path) {
  if (path == "/shoal.css")
    return Response{200, "text/css; charset=utf-8", std::string(embedded::shoal_css)};
  if (path == "/shoal.js")
    return Response{200, "text/javascript; charset=utf-8", std::string(embedded::shoal_js)};
  if (path == "/shoal.svg") return Response{200, "image/svg+xml", std::string(embedded::shoal_svg)};
  return std::nullopt;
}

}  // namespace shoal::web
