#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <shoal/endpoint.hpp>

#include "base/bitfield.hpp"
#include "base/clock.hpp"
#include "torrent/torrent.hpp"

namespace shoal::simulation {

class VirtualHost;
class VirtualSwarm;

/// What a host is connected by: bytes a second each way, shared by all its connections.
struct Line {
  double up = 0;
  double down = 0;
};

/// What goes over a line in one piece: messages, or one block.
struct Packet {
  Bytes messages;
  std::optional<wire::BlockRange> block;
  [[nodiscard]] double size() const;  ///< bytes, with headers
};

/// Something that happens to a host at a time.
struct Event {
  enum class Kind : std::uint8_t { joins, deadline, dialled, answered, left_line, came, closed };

  Time at;
  Kind kind{};
  VirtualHost* host = nullptr;
  torrent::ConnectionKey key{};        ///< of the host's connection
  VirtualHost* other = nullptr;        ///< `dialled`, `answered`: at the other end
  torrent::ConnectionKey other_key{};  ///< of that one's connection
  std::unique_ptr<Packet> packet{};    ///< `left_line`, `came`
  std::uint64_t number = 0;            ///< in the order of making, at the same time
};

/// One program behind a line of its own: a Torrent, links in place of sockets, and a disk that
/// takes no time.
class VirtualHost {
 public:
  VirtualHost(VirtualSwarm& swarm, const Line& line, const Endpoint& address,
              torrent::Content content, std::size_t upload_slots, std::uint64_t seed);

  [[nodiscard]] bool complete() const { return logic_.content().complete(); }
  [[nodiscard]] const Endpoint& address() const { return address_; }
  [[nodiscard]] bool gone() const { return gone_; }
  [[nodiscard]] const torrent::Torrent& torrent() const { return logic_; }

  std::uint64_t sent = 0;             ///< payload, off the line
  std::uint64_t sent_until_open = 0;  ///< of a seeder: payload, when every piece was with somebody
  std::uint64_t received = 0;         ///< payload, duplicates too
  Time joined{};
  Time finished{};                    ///< when it had everything
  std::vector<std::string> faults{};  ///< why it ended connections that its peers had broken
  /// Finds the whole file on its disk: serves as a leecher does that is done.
  bool holds_all = false;
  /// Says that it has every piece that it is only told of.
  bool lies = false;
  /// Of a liar: dials again when others have closed its connections.
  bool comes_back = true;

  /// From now on never puts a block on its line, though it goes on talking: a limit keeps each
  /// waiting for its turn, and none comes.
  void freezes() { budget_.up.set_rate(1, {}); }
  void starts();
  void joins(const std::vector<Endpoint>& peers);
  void leaves();
  void handle(Event event);

 private:
  using Key = torrent::ConnectionKey;
  struct Link {
    VirtualHost* other = nullptr;
    Key other_key{};
    bool open = false;
    std::deque<std::unique_ptr<Packet>> unsent{};  // in the socket
    std::size_t unsent_bytes = 0;
    std::optional<Time> waits_since{};  // for room in it
  };

  void dialled_by(VirtualHost& other, Key other_key);
  void answered(Key key, VirtualHost& other, Key other_key);
  void receive(Key key, const Packet& packet);
  void write(Key key, Link& link);
  void serve_line();
  void line_is_free(Key key, std::unique_ptr<Packet> packet);
  void close(Key key);
  void repeat_to_all(const wire::Have& have);
  void settle();
  void carry_out();
  void check_disk();
  void set_deadline();

  VirtualSwarm& swarm_;
  Line line_;
  Endpoint address_;
  torrent::Budget budget_;
  torrent::Torrent logic_;
  std::map<Key, Link> links_;
  std::deque<Key> sending_;  // links with something for the line, whose turn it is first
  bool line_busy_ = false;
  Time downlink_free_{};
  Time deadline_ = Time::max();  // for which there is an event
  bool gone_ = false;
  bool stays_away_ = false;
  torrent::WriteBatch batch_;  // scratch
  Bitfield repeated_;          // pieces that a liar has said it has
};

}  // namespace shoal::simulation
