#pragma once

#include <memory>

#include "session/context.hpp"
#include "session/fetch_backend.hpp"

namespace shoal::session {

/// Finds names by the trackers, and links by whoever they lead to.
class TrackerFinder final : public Finder {
 public:
  explicit TrackerFinder(std::shared_ptr<SessionContext> context) : context_(std::move(context)) {}

  asio::awaitable<Result<discovery::Lookup>> look_up(FileName name, std::optional<Digest> root,
                                                     Duration patience) override;
  [[nodiscard]] std::optional<std::string> warning_of(const discovery::Lookup& found) override;
  [[nodiscard]] std::shared_ptr<Search> search(const Link& link) override;
  void unfollow(const InfoHash& file) override;

 private:
  std::shared_ptr<SessionContext> context_;
};

}  // namespace shoal::session
