#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "session/context.hpp"

namespace shoal::session {

/// Tells people that a disk takes long to give a file its length, and how far that is. Nothing is
/// said where it is quick. On the loop, but for what on_made() gives.
class MakingRoom {
 public:
  MakingRoom(const std::shared_ptr<SessionContext>& context, std::string name,
             std::uint64_t length);
  MakingRoom(const MakingRoom&) = delete;
  MakingRoom& operator=(const MakingRoom&) = delete;
  ~MakingRoom();  // nothing is told any more

  /// For storage::RoomOptions; may be called on any thread, and after the end of this.
  [[nodiscard]] std::function<void(std::uint64_t)> on_made() const;
  [[nodiscard]] std::uint64_t made() const;  ///< bytes

 private:
  struct State;
  static asio::awaitable<void> tell(std::shared_ptr<State> state);

  std::shared_ptr<State> state_;
};

}  // namespace shoal::session
