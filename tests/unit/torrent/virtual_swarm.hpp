#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <vector>

#include "base/clock.hpp"
#include "support/sample_file.hpp"
#include "torrent/download/download.hpp"
#include "torrent/peer/have_wait.hpp"
#include "torrent/peer/peer_protocol.hpp"
#include "torrent/upload/revealer.hpp"
#include "torrent/upload/upload_slots.hpp"

namespace shoal::test {

/// What a host is connected by: bytes a second each way, shared by all its connections.
struct Line {
  double up = 0;
  double down = 0;
};

class VirtualSwarm;
struct VirtualPipe;

/// One program behind a line of its own: what Swarm and PeerConnection do around the real
/// PeerProtocol, Download (picker) and Revealer, with events instead of sockets and a disk that
/// takes no time.
class VirtualHost : public torrent::PeerProtocol::Surroundings {
 public:
  VirtualHost(VirtualSwarm& swarm, const Line& line, torrent::Content here, bool reveals,
              std::uint64_t seed);
  ~VirtualHost() override;

  [[nodiscard]] bool complete() const { return content_.complete(); }
  std::uint64_t sent = 0;             ///< payload, off the line
  std::uint64_t sent_until_open = 0;  ///< payload, when every piece was with somebody
  std::uint64_t received = 0;         ///< payload, duplicates too
  Time joined{};
  Time finished{};            ///< when it had everything
  std::uint64_t packets = 0;  ///< off the line
  /// Never puts a block on its line, though it goes on talking.
  bool frozen = false;
  /// Says that it has every piece that it is only told of.
  bool lies = false;

 private:
  friend class VirtualSwarm;
  using Key = torrent::ConnectionKey;

  // PeerProtocol::Surroundings
  void cancel_elsewhere(Key other, BlockRef block) override;
  void layers_proven() override;
  void listens_at(Key, const Endpoint&) override {}
  void learned(const wire::Pex&) override {}
  void announced(Key peer, PieceIndex piece, Time now) override;
  void announced(Key peer, const Bitfield& pieces, Time now) override;
  void requested(Key peer, PieceIndex piece, Time now) override;
  void interested(Key peer, bool wants) override;
  void asks_us(Key peer) override { slots_.asks(peer); }

  void receive_messages(VirtualPipe& pipe, BytesView messages);
  void receive_block(VirtualPipe& pipe, BlockRef block);
  void handle(VirtualPipe& pipe, const wire::Message& message);
  void store(VirtualPipe& pipe);
  void tell_haves();
  void write(VirtualPipe& pipe);
  void write_all();
  void serve_line();
  void tick();
  void serve_slots();
  void reveal_more();
  void close(Key key);
  void leave();

  VirtualSwarm& swarm_;
  Line line_;
  torrent::Content content_;
  std::unique_ptr<torrent::Download> download_;
  std::optional<torrent::Revealer> revealer_;
  torrent::UploadSlots slots_;
  std::map<Key, std::unique_ptr<VirtualPipe>> pipes_;
  std::deque<Key> sending_;  // pipes with something for the line, whose turn it is first
  bool line_busy_ = false;
  Time downlink_free_{};
  bool gone_ = false;
  torrent::HaveWait have_wait_;
  bool haves_wait_ = false;  // a time is set when they are told
};

/// Hosts that exchange a file over lines of limited rate, on virtual time. The same seeds give the
/// same run.
class VirtualSwarm {
 public:
  VirtualSwarm(const SampleFile& file, Duration delay) : file_(file), delay_(delay) {}
  ~VirtualSwarm();

  /// Has the whole file; `reveals` as the seeder program does.
  VirtualHost& add_seeder(const Line& line, bool reveals = true);
  /// Connects to everybody who is there at that time after the start.
  VirtualHost& add_leecher(const Line& line, Duration joins_after = {});
  /// Breaks all connections of the host once it has sent so many bytes.
  void vanish_after(VirtualHost& host, std::uint64_t sent);

  /// Until all who do not lie have the file, at most `limit`; the time it took.
  Duration run(Duration limit);
  [[nodiscard]] bool all_complete() const;
  [[nodiscard]] const SampleFile& file() const { return file_; }
  std::uint64_t seed = 0;        ///< of everybody's choices among equals
  std::size_t upload_slots = 0;  ///< of everybody who is added afterwards; 0 = no limit

 private:
  friend class VirtualHost;
  struct Event {
    Time at;
    std::uint64_t number;  // in the order of making, at the same time
    std::function<void()> what;
    bool operator<(const Event& other) const {  // the earliest on top
      return at != other.at ? at > other.at : number > other.number;
    }
  };

  void at(Time time, std::function<void()> what);
  void connect(VirtualHost& from, VirtualHost& to);
  void tick();

  const SampleFile& file_;
  Duration delay_;
  Time now_{std::chrono::hours(1)};
  std::priority_queue<Event> events_;
  std::uint64_t last_number_ = 0;
  std::uint64_t last_key_ = 0;
  std::vector<std::unique_ptr<VirtualHost>> hosts_;
  std::vector<VirtualHost*> joined_;
  std::map<VirtualHost*, std::uint64_t> vanishing_;
};

}  // namespace shoal::test
