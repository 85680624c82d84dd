// Peers that lie or break off. Alone they get nobody a wrong file; beside an honest one they do
// not matter.
#include <csignal>
#include <list>
#include <optional>
#include <ostream>

#include "integration/loopback.hpp"
#include "support/hostile_peer.hpp"
#include "support/loopback_socket.hpp"
#include "support/tracker_talk.hpp"
#include "wire/extension.hpp"
#include "wire/handshake.hpp"
#include "wire/messages.hpp"

namespace shoal::test::bad_peers_test {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kSize = 9 * (1 << 20) + 100;  // two blocks a piece

using Habit = HostilePeer::Habit;
using Seen = HostilePeer::Seen;

struct Case {
  const char* name;
  Habit habit;
  std::size_t good_blocks;
  /// What shows that the peer has done its worst.
  std::function<bool(const Seen&)> worst;

  friend void PrintTo(const Case& one, std::ostream* out) { *out << one.name; }
};

const Case kCases[] = {
    {"corrupts_every_block", Habit::corrupts, 0, [](const Seen& s) { return s.bad_blocks > 0; }},
    {"corrupts_after_a_while", Habit::corrupts, 101,
     [](const Seen& s) { return s.bad_blocks > 0; }},
    {"says_nothing_when_asked", Habit::stops, 0, [](const Seen& s) { return s.requests > 0; }},
    {"goes_silent_after_a_while", Habit::stops, 101,
     [](const Seen& s) { return s.good_blocks == 101; }},
    {"resets_in_the_middle_of_a_piece", Habit::resets, 101,
     [](const Seen& s) { return s.bad_blocks > 0; }},
    {"rejects_every_request", Habit::rejects, 0, [](const Seen& s) { return s.requests > 0; }},
    {"rejects_after_a_while", Habit::rejects, 101, [](const Seen& s) { return s.requests > 102; }},
    {"lies_about_hashes", Habit::lies_about_hashes, 0,
     [](const Seen& s) { return s.hash_requests > 0 && s.ended > 0; }},
    {"never_answers_hash_requests", Habit::ignores_hash_requests, 0,
     [](const Seen& s) { return s.hash_requests > 0; }},
    {"trickles", Habit::trickles, 0, [](const Seen& s) { return s.bad_blocks > 0; }},
    {"trickles_after_a_while", Habit::trickles, 101,
     [](const Seen& s) { return s.bad_blocks > 0; }},
    {"lies_and_leaves", Habit::lies_and_leaves, 0, [](const Seen& s) { return s.bad_blocks > 0; }},
    {"never_unchokes", Habit::never_unchokes, 0, [](const Seen& s) { return s.hash_requests > 0; }},
};

class BadPeer : public Loopback, public ::testing::WithParamInterface<Case> {
 protected:
  void register_bad() { bad_.register_at(address_); }
  void wait_for_the_worst() { bad_.wait_until(GetParam().worst); }

  const std::filesystem::path original_ = file("film.bin", kSize);
  const std::filesystem::path here_ = folder("here");
  HostilePeer bad_{original_, GetParam().habit, GetParam().good_blocks};
};

TEST_P(BadPeer, alone_never_makes_a_file) {
  register_bad();
  Program leecher = leecher_of("film.bin", here_);
  wait_for_the_worst();
  const std::size_t told = leecher.count("progress");
  leecher.wait_for("progress", [&](const Json&) { return leecher.count("progress") > told + 1; });
  EXPECT_EQ(leecher.count("complete"), 0);
  EXPECT_FALSE(std::filesystem::exists(here_ / "film.bin"));
  EXPECT_TRUE(std::filesystem::exists(part_of(original_, here_)));
  leecher.signal(SIGINT);
  EXPECT_EQ(leecher.wait_for_exit(), 130);
}

TEST_P(BadPeer, beside_an_honest_one_does_not_matter) {
  register_bad();
  Program leecher = leecher_of("film.bin", here_);
  wait_for_the_worst();
  Program seeder = seeder_of(original_);
  // A leecher hears of new peers from those that ask it, and asks the tracker when it is alone.
  Program other = leecher_of("film.bin", folder("other"));
  other.wait_for("complete");
  leecher.wait_for("complete");
  EXPECT_TRUE(same_content(original_, here_ / "film.bin"));
  EXPECT_TRUE(same_content(original_, home_ / "other/film.bin"));
}

INSTANTIATE_TEST_SUITE_P(Each, BadPeer, ::testing::ValuesIn(kCases),
                         [](const auto& test) { return test.param.name; });

class BadPeers : public Loopback {};

TEST_F(BadPeers, all_at_once_do_not_keep_the_file_from_anybody) {
  const auto original = file("film.bin", kSize);
  std::list<HostilePeer> bad;
  for (const Case& one : kCases) {
    bad.emplace_back(original, one.habit, one.good_blocks).register_at(address_);
  }
  Program seeder = seeder_of(original);
  const auto here = folder("here");
  Program leecher = leecher_of("film.bin", here);
  leecher.wait_for("complete");
  EXPECT_TRUE(same_content(original, here / "film.bin"));
}

TEST_F(BadPeers, four_of_five_are_no_obstacle_even_when_all_came_first) {
  const auto original = file("film.bin", kSize);
  std::list<HostilePeer> bad;
  for (const Habit habit :
       {Habit::corrupts, Habit::trickles, Habit::rejects, Habit::lies_about_hashes}) {
    bad.emplace_back(original, habit).register_at(address_);
  }
  const auto here = folder("here");
  Program leecher = leecher_of("film.bin", here);
  for (const HostilePeer& one : bad) {
    one.wait_until([](const Seen& seen) { return seen.connections > 0; });
  }
  Program honest = seeder_of(original);
  leecher.wait_for("complete");
  EXPECT_TRUE(same_content(original, here / "film.bin"));
}

/// Dials a leecher, says that it listens at that port (0: says nothing), and sends wrong blocks.
class IncomingLiar {
 public:
  IncomingLiar(const Endpoint& leecher, const fs::path& file, std::uint16_t port)
      : file_(identify(file)), socket_(SOCK_STREAM, leecher) {
    wire::Handshake hello{truncated(info_hash(file_)), {}, port != 0, true};
    hello.peer_id.bytes.fill(std::byte{'L'});
    socket_.send(wire::encode(hello));
    Bytes first;
    if (port != 0) {
      wire::ExtendedHandshake extended;
      extended.listen_port = port;
      const Bytes payload = wire::encode(extended);
      wire::encode(wire::Extended{wire::kExtendedHandshakeId, payload}, first);
    }
    wire::encode(wire::HaveAll{}, first);
    wire::encode(wire::Unchoke{}, first);
    socket_.send(first);
  }
  /// True when it was asked for something and let go for what it answered; false when it was not
  /// let in at all.
  [[nodiscard]] bool lies() {
    Bytes received;
    bool asked = false;
    std::size_t used = wire::kHandshakeLength;
    for (;;) {
      const Bytes more = socket_.receive();
      if (more.empty()) return asked;
      received.insert(received.end(), more.begin(), more.end());
      while (received.size() > used) {
        auto step = wire::decode(BytesView(received).subspan(used), 1024);
        if (!step || !std::holds_alternative<wire::Decoded>(*step)) break;
        const auto& decoded = std::get<wire::Decoded>(*step);
        if (const auto* request = std::get_if<wire::Request>(&decoded.message)) {
          asked = true;
          const Bytes wrong(request->range.length, std::byte{0x66});
          Bytes frame;
          wire::encode(wire::Piece{request->range.piece, request->range.begin, wrong}, frame);
          socket_.send(frame);
        }
        used += decoded.used;
      }
    }
  }

 private:
  FileInfo file_;
  LoopbackSocket socket_;
};

/// A leecher that has the hashes, and nobody who gives it a block.
class IncomingLiars : public BadPeers {
 protected:
  IncomingLiars() {
    mute_.register_at(address_);
    leecher_.emplace(leecher_of("film.bin", folder("here")));
    mute_.wait_until([](const Seen& seen) { return seen.requests > 0; });
    leecher_at_ = Endpoint::parse(address_of(*leecher_)).value();
  }
  /// A liar comes to it, which says that it listens at that port: whether it is let in.
  [[nodiscard]] bool lies(std::uint16_t port) const {
    return IncomingLiar(leecher_at_, original_, port).lies();
  }
  void expect_the_whole_file_all_the_same() {
    mute_.reform();
    leecher_->wait_for("complete");
  }

 private:
  const fs::path original_ = file("film.bin", kSize);
  HostilePeer mute_{original_, Habit::stops};
  std::optional<Program> leecher_;
  Endpoint leecher_at_;
};

TEST_F(IncomingLiars, that_name_no_port_are_not_let_in_a_third_time) {
  EXPECT_TRUE(lies(0));
  EXPECT_TRUE(lies(0)) << "it may be a neighbour";
  EXPECT_FALSE(lies(0));
  expect_the_whole_file_all_the_same();
}

TEST_F(IncomingLiars, that_name_another_port_each_time_are_not_let_in_a_third_time) {
  EXPECT_TRUE(lies(1001));
  EXPECT_TRUE(lies(1002));
  EXPECT_FALSE(lies(1003));
  expect_the_whole_file_all_the_same();
}

TEST_F(BadPeers, that_fill_all_the_places_of_an_address_make_room_for_one_more) {
  constexpr std::size_t kPlaces = 450;  // nine tenths of --max-peers
  const auto original = file("film.bin", kSize);
  Program seeder = seeder_of(original);
  const Endpoint address = Endpoint::parse(address_of(seeder)).value();
  const InfoHash20 known = truncated(info_hash(identify(original)));
  std::list<LoopbackSocket> idlers;
  for (std::size_t i = 0; i < kPlaces; ++i) {
    wire::Handshake hello{known, {}, false, true};
    store_be<std::uint64_t>(i, hello.peer_id.bytes.data());
    idlers.emplace_back(SOCK_STREAM, address).send(wire::encode(hello));
    ASSERT_FALSE(idlers.back().receive().empty());
  }
  Program leecher = leecher_of("film.bin", folder("here"));
  leecher.wait_for(
      "progress", [](const Json& event) { return event.at("peers") == 1; }, 3 * kPatience);
}

TEST_F(BadPeers, addresses_where_nobody_answers_are_no_obstacle) {
  const auto original = file("film.bin", kSize);
  const FileInfo identity = identify(original);
  std::list<LoopbackSocket> silent;  // most refuse; at the others there is nobody but the system
  for (int i = 0; i < 50; ++i) {
    PeerId id;
    id.bytes.fill(static_cast<std::byte>(i + 1));
    silent.emplace_back(SOCK_STREAM);
    if (i % 3 == 0) silent.back().listen();
    const datagram::RegisterRequest request{id, silent.back().local().port, true, identity};
    const auto reply = ask_tracker(address_, request);
    ASSERT_TRUE(std::holds_alternative<datagram::RegisterReply>(reply));
  }
  // Of another host, for the tracker names some ports of each.
  Program seeder = start(
      "seeder", {"--json", "--tracker", address_, "--listen", "127.0.0.2:0", original.string()});
  seeder.wait_for("registered");
  Program leecher = leecher_of("film.bin", folder("here"), {"--no-seed"});
  EXPECT_EQ(leecher.wait_for_exit(), 0);
}

TEST_F(BadPeers, a_liar_is_not_asked_again) {
  const auto original = file("film.bin", kSize);
  HostilePeer liar(original, Habit::corrupts);
  liar.register_at(address_);
  Program leecher = leecher_of("film.bin", folder("here"));
  liar.wait_until([](const Seen& seen) { return seen.ended > 0; });
  const std::size_t told = leecher.count("progress");
  // Long enough for several attempts to connect again.
  leecher.wait_for("progress", [&](const Json&) { return leecher.count("progress") > told + 20; });
  EXPECT_EQ(liar.seen().connections, 1);
}

TEST_F(BadPeers, a_liar_that_leaves_before_it_is_found_out_is_not_asked_again) {
  const auto original = file("film.bin", kSize);
  HostilePeer liar(original, Habit::lies_and_leaves);
  liar.register_at(address_);
  Program leecher = leecher_of("film.bin", folder("here"));
  liar.wait_until([](const Seen& seen) { return seen.ended > 0; });
  const std::size_t told = leecher.count("progress");
  // Long enough for several attempts to connect again.
  leecher.wait_for("progress", [&](const Json&) { return leecher.count("progress") > told + 20; });
  EXPECT_EQ(liar.seen().connections, 1);
}

}  // namespace
}  // namespace shoal::test::bad_peers_test
