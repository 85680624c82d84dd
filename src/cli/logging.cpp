#include "cli/logging.hpp"

#include <memory>
#include <unistd.h>

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include "cli/terminal.hpp"

namespace shoal::cli {

void set_up_logging(const std::string& level) {
  const auto colour =
      wants_colour(STDERR_FILENO) ? spdlog::color_mode::always : spdlog::color_mode::never;
  auto sink = std::make_shared<spdlog::sinks::stderr_color_sink_mt>(colour);
  auto logger = std::make_shared<spdlog::logger>("shoal", std::move(sink));
  logger->set_pattern("%H:%M:%S.%e %^%l%$ %v");
  logger->set_level(spdlog::level::from_str(level));
  spdlog::set_default_logger(std::move(logger));
}

}  // namespace shoal::cli
