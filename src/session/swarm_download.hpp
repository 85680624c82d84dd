#pragma once

#include <memory>
#include <optional>

#include <asio/awaitable.hpp>

#include "session/context.hpp"
#include "session/fetch_backend.hpp"
#include "session/making_room.hpp"
#include "session/wanted.hpp"
#include "storage/part_file.hpp"

namespace shoal::session {

/// A file or folder that is filled by a Swarm, which serves what has come meanwhile, and goes on to
/// serve all of it when this is gone.
class SwarmDownload final : public Download {
 public:
  /// Begins: from here on peers find it, and trackers know that we want it.
  SwarmDownload(std::shared_ptr<SessionContext> context, const Wanted& wanted,
                torrent::Content content, std::unique_ptr<PartDisk> disk,
                std::unique_ptr<MakingRoom> room);

  asio::awaitable<void> wait(Duration most) override;
  [[nodiscard]] std::optional<Result<void>> ended() const override;
  [[nodiscard]] DownloadSample sample() const override;
  void look_for_peers() override;
  void give_up() override;

 private:
  struct State;
  [[nodiscard]] static SwarmEvents events_of(const std::shared_ptr<SessionContext>& context,
                                             const std::shared_ptr<State>& state);
  static asio::awaitable<void> ask_for_peers(std::shared_ptr<SessionContext> context,
                                             std::shared_ptr<Swarm> swarm, bool by_name);

  std::shared_ptr<SessionContext> context_;
  std::unique_ptr<MakingRoom> room_;
  std::shared_ptr<State> state_;  // which the swarm changes
  std::shared_ptr<Swarm> swarm_;
  bool by_name_;
};

}  // namespace shoal::session
