#pragma once

#include <optional>
#include <string_view>

#include "web/http.hpp"

/// The files of src/web/pages, which are in the program.
namespace shoal::web {

/// A page with that main part, which is HTML; the title is text of ours.
[[nodiscard]] Response framed(std::string_view title, std::string_view main);
/// The style, the script and the picture; nothing where the path is none of these.
[[nodiscard]] std::optional<Response> asset(std::string_view path);

/// Made by cmake/ShoalEmbed.cmake.
namespace embedded {
extern const std::string_view page_html;
extern const std::string_view shoal_css;
extern const std::string_view shoal_js;
extern const std::string_view shoal_svg;
}  // namespace embedded

}  // namespace shoal::web
