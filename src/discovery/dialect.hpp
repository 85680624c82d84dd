#pragma once

#include <chrono>
#include <optional>

#include "base/clock.hpp"
#include "datagram/datagram.hpp"

namespace shoal::discovery {

/// In which form a tracker is asked. Older ones know files only, and answer what they do not know
/// with an error: they are asked in the older form from then on, and in the newer one again after a
/// while, or once they say that a name is a folder, which an older tracker never does. Pure.
class Dialect {
 public:
  static constexpr Duration kOldFor = std::chrono::minutes(10);

  /// Puts a question for all kinds into the form that the tracker is thought to know.
  void put(datagram::Request& question, Time now);
  /// Whether that answer says to ask again, in the other form: `question`, as it was put, is in
  /// that then.
  [[nodiscard]] bool has_to_change(datagram::Request& question, const datagram::Reply& answer,
                                   Time now);

 private:
  std::optional<Time> old_until_;  ///< nothing: it is thought to know folders
};

}  // namespace shoal::discovery
