#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/bytes.hpp"
#include "support/descriptor.hpp"

namespace shoal::test {

/// Sees every packet on the loopback interface, as tcpdump does, and looks for bytes in them.
class Capture {
 public:
  /// Nothing where the test may not capture (it takes the right CAP_NET_RAW).
  [[nodiscard]] static std::optional<Descriptor> socket();

  Capture(Descriptor socket, std::vector<Bytes> needles);
  ~Capture();
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;

  struct Seen {
    std::size_t bytes = 0;    ///< of all packets
    std::size_t needles = 0;  ///< packets with one in them
  };
  /// Ends the capture.
  [[nodiscard]] Seen stop();

 private:
  void watch();

  Descriptor socket_;
  std::vector<Bytes> needles_;
  Seen seen_;
  std::atomic<bool> stopping_ = false;
  std::jthread thread_;
};

}  // namespace shoal::test
