#include "registry/responder.hpp"

#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/hex.hpp"
#include "unit/registry/world.hpp"

namespace shoal::registry::responder_test {
namespace {

using namespace world;
using datagram::ConnectionId;
using datagram::TransactionId;
using std::chrono::minutes;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr TransactionId kTransaction{0xabcdef01};

struct Tracker {
  explicit Tracker(const ResponderOptions& options = {}) : responder(options, {std::byte{42}}) {}

  Responder responder;
  Time now = Time{} + std::chrono::hours(1);
  Bytes out;

  bool raw(const Bytes& bytes, const Endpoint& from) {
    return responder.answer(bytes, from, now, out);
  }
  ConnectionId connect(const Endpoint& from) {
    EXPECT_TRUE(raw(encoded({}, datagram::ConnectRequest{}), from));
    return std::get<datagram::ConnectReply>(reply(from)).connection;
  }
  [[nodiscard]] datagram::Reply reply(const Endpoint& from) const {
    const auto decoded = datagram::decode_reply(out, !from.address.is_v4());
    EXPECT_TRUE(decoded);
    EXPECT_EQ(decoded->transaction, kTransaction);
    return decoded->reply;
  }
  datagram::Reply ask(const Endpoint& from, const datagram::Request& request) {
    EXPECT_TRUE(raw(encoded(connect(from), request), from));
    return reply(from);
  }
  static Bytes encoded(ConnectionId id, const datagram::Request& request) {
    Bytes bytes;
    datagram::encode({id, kTransaction, request}, bytes);
    return bytes;
  }
};

const Endpoint kSeeder = Endpoint::parse("10.0.0.1:40001").value();
const Endpoint kLeecher = Endpoint::parse("10.0.0.2:40002").value();
const Endpoint kLeecher6 = Endpoint::parse("[2001:db8::2]:40002").value();

datagram::RegisterRequest registration(const FileInfo& what) {
  return {peer_id(1), 6881, true, what};
}

/// One of each that needs a connection id, all of them sensible.
std::vector<datagram::Request> requests() {
  const FileInfo a = file("a");
  datagram::AnnounceRequest announce;
  announce.info_hash = truncated(info_hash(a));
  announce.port = 7000;
  return {registration(a),
          registration(folder("b")),
          datagram::LookupRequest{peer_id(2), "b", datagram::Kinds::all},
          datagram::ListRequest{"", "", datagram::Kinds::all},
          datagram::HeartbeatRequest{peer_id(1), 6881, {}},
          datagram::LookupRequest{peer_id(2), "a"},
          datagram::ListRequest{},
          announce,
          datagram::ScrapeRequest{{truncated(info_hash(a))}},
          datagram::WithdrawRequest{peer_id(1), 6881, info_hash(a)}};
}

TEST(Responder, answers_connect_with_an_id_in_as_many_bytes) {
  Tracker tracker;
  const Bytes request = Tracker::encoded({}, datagram::ConnectRequest{});
  ASSERT_TRUE(tracker.raw(request, kSeeder));
  EXPECT_EQ(tracker.out.size(), request.size());
  Bytes longer = request;
  longer.resize(500);
  ASSERT_TRUE(tracker.raw(longer, kSeeder));
  EXPECT_EQ(tracker.out.size(), request.size());
}

TEST(Responder, takes_a_file_from_registration_to_lookup) {
  Tracker tracker;
  const FileInfo a = file("a");
  const Endpoint listed{kSeeder.address, 6881};
  EXPECT_EQ(tracker.ask(kSeeder, registration(a)),
            datagram::Reply(datagram::RegisterReply{{30'000, 45'000}, listed}));
  datagram::FileSet set;
  set.add(info_hash(a));
  EXPECT_EQ(tracker.ask(kSeeder, datagram::HeartbeatRequest{peer_id(1), 6881, set}),
            datagram::Reply(datagram::HeartbeatReply{true, {30'000, 45'000}}));
  for (const Endpoint& from : {kLeecher, kLeecher6}) {
    const datagram::LookupReply found{a.length, a.piece_length, a.root, 1, 0, {listed}, from};
    EXPECT_EQ(tracker.ask(from, datagram::LookupRequest{peer_id(2), "a"}), datagram::Reply(found));
  }
  EXPECT_EQ(tracker.ask(kLeecher, datagram::ListRequest{}),
            datagram::Reply(datagram::ListReply{false, {{"a", a.length, 1, 0}}}));
  EXPECT_EQ(tracker.ask(kSeeder, datagram::WithdrawRequest{peer_id(1), 6881, {}}),
            datagram::Reply(datagram::WithdrawReply{}));
  const auto gone = tracker.ask(kLeecher, datagram::LookupRequest{peer_id(2), "a\n"});
  const auto& refusal = std::get<datagram::RefuseReply>(gone);
  EXPECT_EQ(refusal.reason, datagram::RefuseReason::unknown_name);
  EXPECT_EQ(refusal.message.find('\n'), std::string::npos);
}

TEST(Responder, takes_a_folder_from_registration_to_lookup) {
  using datagram::Kinds;
  Tracker tracker;
  const FileInfo photos = folder("photos", 7, 340);
  const FileInfo plain = file("plain");
  const Endpoint listed{kSeeder.address, 6881};
  EXPECT_EQ(tracker.ask(kSeeder, registration(photos)),
            datagram::Reply(datagram::RegisterReply{{30'000, 45'000}, listed, true}));
  tracker.ask(kSeeder, registration(plain));
  for (const Endpoint& from : {kLeecher, kLeecher6}) {
    datagram::LookupReply found{photos.length, photos.piece_length, photos.root, 1, 0, {listed},
                                from,          photos.folder,       Kinds::all};
    EXPECT_EQ(tracker.ask(from, datagram::LookupRequest{peer_id(2), "photos", Kinds::all}),
              datagram::Reply(found));
    found.length = plain.length;
    found.root = plain.root;
    found.folder.reset();
    EXPECT_EQ(tracker.ask(from, datagram::LookupRequest{peer_id(2), "plain", Kinds::all}),
              datagram::Reply(found));
  }
  const datagram::ListReply all{
      false, {{"photos", 1000, 1, 0, 340}, {"plain", 1000, 1, 0}}, Kinds::all};
  EXPECT_EQ(tracker.ask(kLeecher, datagram::ListRequest{"", "", Kinds::all}), datagram::Reply(all));
  const auto gone = tracker.ask(kLeecher, datagram::LookupRequest{peer_id(2), "photo", Kinds::all});
  EXPECT_EQ(std::get<datagram::RefuseReply>(gone).reason, datagram::RefuseReason::unknown_name);
}

TEST(Responder, says_what_to_do_to_older_leechers_that_ask_for_a_folder) {
  Tracker tracker;
  tracker.ask(kSeeder, registration(folder("photos", 7, 340)));
  const auto reply = tracker.ask(kLeecher, datagram::LookupRequest{peer_id(2), "photos"});
  const auto& refusal = std::get<datagram::RefuseReply>(reply);
  EXPECT_EQ(refusal.reason, datagram::RefuseReason::is_folder);
  EXPECT_THAT(refusal.message, HasSubstr("a folder of 340 files"));
  EXPECT_THAT(refusal.message, HasSubstr("newer version"));
}

TEST(Responder, shows_folders_in_the_list_that_older_leechers_read) {
  Tracker tracker;
  tracker.ask(kSeeder, registration(folder("photos")));
  tracker.ask(kSeeder, registration(file("plain")));
  EXPECT_EQ(
      tracker.ask(kLeecher, datagram::ListRequest{}),
      datagram::Reply(datagram::ListReply{false, {{"photos", 1000, 1, 0}, {"plain", 1000, 1, 0}}}));
}

TEST(Responder, knows_a_folder_by_its_info_hash_wherever_that_is_asked_for) {
  Tracker tracker;
  const FileInfo photos = folder("photos", 7);
  tracker.ask(kSeeder, registration(photos));
  datagram::FileSet set;
  set.add(info_hash(photos));
  EXPECT_EQ(tracker.ask(kSeeder, datagram::HeartbeatRequest{peer_id(1), 6881, set}),
            datagram::Reply(datagram::HeartbeatReply{true, {30'000, 45'000}}));
  datagram::AnnounceRequest announce;
  announce.info_hash = truncated(info_hash(photos));
  announce.left = 5;
  announce.port = 7000;
  EXPECT_EQ(tracker.ask(kLeecher, announce),
            datagram::Reply(datagram::AnnounceReply{1800, 1, 1, {{kSeeder.address, 6881}}}));
  EXPECT_EQ(tracker.ask(kLeecher, datagram::ScrapeRequest{{announce.info_hash}}),
            datagram::Reply(datagram::ScrapeReply{{{1, 0, 1}}}));
  tracker.ask(kSeeder, datagram::WithdrawRequest{peer_id(1), 6881, info_hash(photos)});
  EXPECT_EQ(tracker.ask(kLeecher, datagram::ScrapeRequest{{announce.info_hash}}),
            datagram::Reply(datagram::ScrapeReply{{{0, 0, 1}}}));
}

TEST(Responder, says_what_kind_holds_a_name) {
  Tracker tracker;
  tracker.ask(kSeeder, registration(folder("a", 7)));
  const auto reply = tracker.ask(kLeecher, registration(file("a")));
  const auto& refusal = std::get<datagram::RefuseReply>(reply);
  EXPECT_EQ(refusal.reason, datagram::RefuseReason::name_taken);
  EXPECT_TRUE(refusal.holder_is_folder);
  EXPECT_EQ(refusal.holder_root, folder("a", 7).root);
  EXPECT_THAT(refusal.message, HasSubstr("taken by a folder"));
}

TEST(Responder, serves_stock_clients) {
  Tracker tracker;
  const FileInfo a = file("a");
  datagram::AnnounceRequest announce;
  announce.info_hash = truncated(info_hash(a));
  announce.peer_id = peer_id(7);
  announce.left = 5;
  announce.port = 7000;
  EXPECT_THAT(std::get<datagram::ErrorReply>(tracker.ask(kLeecher, announce)).message,
              HasSubstr("registered"));
  tracker.ask(kSeeder, registration(a));
  const Endpoint listed{kSeeder.address, 6881};
  EXPECT_EQ(tracker.ask(kLeecher, announce),
            datagram::Reply(datagram::AnnounceReply{1800, 1, 1, {listed}}));
  EXPECT_EQ(tracker.ask(kLeecher6, announce),
            datagram::Reply(datagram::AnnounceReply{1800, 2, 1, {}}));
  EXPECT_EQ(tracker.ask(kLeecher, datagram::ScrapeRequest{{announce.info_hash, InfoHash20{}}}),
            datagram::Reply(datagram::ScrapeReply{{{1, 0, 2}, {0, 0, 0}}}));
}

TEST(Responder, answers_an_announce_whatever_options_of_BEP_41_follow_it) {
  Tracker tracker;
  tracker.ask(kSeeder, registration(file("a")));
  datagram::AnnounceRequest announce;
  announce.info_hash = truncated(info_hash(file("a")));
  announce.port = 7000;
  const Bytes bare = Tracker::encoded(tracker.connect(kLeecher), announce);
  ASSERT_EQ(bare.size(), 98u);
  ASSERT_TRUE(tracker.raw(bare, kLeecher));
  const datagram::Reply expected = tracker.reply(kLeecher);
  ASSERT_TRUE(std::holds_alternative<datagram::AnnounceReply>(expected));
  using namespace std::string_literals;
  for (const std::string& options :
       {"\x02\x01/"s, "\x01\x01\x02\x03/an\x02\x06nounce\x00"s, "\x09\x02zz\x00"s, "\x02\xffshort"s,
        "\x02"s, "\x00\x00\x00"s}) {
    Bytes bytes = bare;
    ByteWriter(bytes).text(options);
    ASSERT_TRUE(tracker.raw(bytes, kLeecher));
    EXPECT_EQ(tracker.reply(kLeecher), expected) << to_hex(as_bytes(options));
  }
}

TEST(Responder, answers_a_scrape_of_70_hashes) {
  Tracker tracker;
  tracker.ask(kSeeder, registration(file("a")));
  const InfoHash20 known = truncated(info_hash(file("a")));
  Bytes bytes = Tracker::encoded(tracker.connect(kLeecher), datagram::ScrapeRequest{{known}});
  bytes.resize(16 + 69 * 20);
  ByteWriter(bytes).bytes(known.bytes);
  ASSERT_TRUE(tracker.raw(bytes, kLeecher));
  EXPECT_EQ(tracker.out.size(), 8 + 70 * 12u);
  const auto files = std::get<datagram::ScrapeReply>(tracker.reply(kLeecher)).files;
  ASSERT_EQ(files.size(), 70u);
  EXPECT_EQ(files.front().seeders, 1u);
  EXPECT_EQ(files[1].seeders, 0u);
  EXPECT_EQ(files.back().seeders, 1u);
}

TEST(Responder, says_who_holds_a_name) {
  Tracker tracker;
  tracker.ask(kSeeder, registration(file("a", 1000, 1)));
  const auto reply = tracker.ask(kLeecher, registration(file("a", 2000, 2)));
  const auto& refusal = std::get<datagram::RefuseReply>(reply);
  EXPECT_EQ(refusal.reason, datagram::RefuseReason::name_taken);
  EXPECT_EQ(refusal.holder_length, 1000u);
  EXPECT_EQ(refusal.holder_root, file("a", 1000, 1).root);
}

TEST(Responder, says_nothing_to_wrong_connection_ids) {
  Tracker tracker;
  const auto id = static_cast<std::uint64_t>(tracker.connect(kSeeder));
  const std::uint64_t of_other = static_cast<std::uint64_t>(tracker.connect(kLeecher));
  for (const datagram::Request& request : requests())
    for (const std::uint64_t wrong :
         {std::uint64_t{0}, id ^ 1, of_other, datagram::kConnectMagic}) {
      EXPECT_FALSE(tracker.raw(Tracker::encoded(ConnectionId{wrong}, request), kSeeder));
      EXPECT_TRUE(tracker.out.empty());
    }
  EXPECT_EQ(tracker.responder.registry().peers(), 0u);
}

TEST(Responder, takes_an_id_from_another_port_of_the_address_and_for_three_minutes) {
  Tracker tracker;
  const Bytes request = Tracker::encoded(tracker.connect(kSeeder), requests()[0]);
  EXPECT_TRUE(tracker.raw(request, {kSeeder.address, 9}));
  tracker.now += minutes(2);
  EXPECT_TRUE(tracker.raw(request, kSeeder));
  tracker.now += minutes(1);
  EXPECT_FALSE(tracker.raw(request, kSeeder));
}

TEST(Responder, takes_an_id_of_another_one_with_the_same_secret) {
  Tracker before;
  const Bytes request = Tracker::encoded(before.connect(kSeeder), requests()[0]);
  Tracker after;
  after.now = before.now + minutes(2);
  EXPECT_TRUE(after.raw(request, kSeeder));
  Responder stranger({}, {std::byte{43}});
  EXPECT_FALSE(stranger.answer(request, kSeeder, before.now, before.out));
}

TEST(Responder, answers_repeated_requests_alike) {
  for (const datagram::Request& request : requests()) {
    Tracker tracker;
    tracker.ask(kSeeder, registration(file("a")));
    const Bytes bytes = Tracker::encoded(tracker.connect(kSeeder), request);
    ASSERT_TRUE(tracker.raw(bytes, kSeeder));
    const std::size_t peers = tracker.responder.registry().peers();
    for (int i = 0; i < 100; ++i) ASSERT_TRUE(tracker.raw(bytes, kSeeder));
    EXPECT_EQ(tracker.responder.registry().peers(), peers) << request.index();
  }
}

TEST(Responder, answers_cut_requests_with_an_error_and_cut_heads_not_at_all) {
  for (const datagram::Request& request : requests()) {
    Tracker tracker;
    const Bytes whole = Tracker::encoded(tracker.connect(kSeeder), request);
    for (std::size_t size = 0; size < whole.size(); ++size) {
      const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
      ASSERT_EQ(tracker.raw(cut, kSeeder), size >= 16) << size;
      if (size < 16) continue;
      const auto reply = tracker.reply(kSeeder);
      const bool stock = std::holds_alternative<datagram::AnnounceRequest>(request) ||
                         std::holds_alternative<datagram::ScrapeRequest>(request);
      if (stock)
        EXPECT_TRUE(std::holds_alternative<datagram::ErrorReply>(reply)) << size;
      else
        EXPECT_EQ(std::get<datagram::RefuseReply>(reply).reason,
                  datagram::RefuseReason::bad_request)
            << size;
    }
    EXPECT_EQ(tracker.responder.registry().peers(), 0u);
  }
}

TEST(Responder, answers_unknown_actions_with_an_error) {
  Tracker tracker;
  Bytes bytes = Tracker::encoded(tracker.connect(kSeeder), datagram::ListRequest{});
  for (const std::uint32_t action : {0u, 3u, 4u, 0x4E4F5045u, 0xffffffffu}) {
    store_be(action, bytes.data() + 8);
    ASSERT_TRUE(tracker.raw(bytes, kSeeder)) << action;
    EXPECT_TRUE(std::holds_alternative<datagram::ErrorReply>(tracker.reply(kSeeder))) << action;
  }
}

TEST(Responder, ignores_what_follows_a_request) {
  for (const datagram::Request& request : requests()) {
    Tracker tracker;
    tracker.ask(kSeeder, registration(file("a")));
    Bytes bytes = Tracker::encoded(tracker.connect(kLeecher), request);
    ASSERT_TRUE(tracker.raw(bytes, kLeecher));
    const auto expected = tracker.reply(kLeecher).index();
    bytes.resize(60'000);
    ASSERT_TRUE(tracker.raw(bytes, kLeecher));
    EXPECT_EQ(tracker.reply(kLeecher).index(), expected);
    EXPECT_LE(tracker.out.size(), datagram::kMaxDatagram);
  }
}

TEST(Responder, drops_random_datagrams) {
  Tracker tracker;
  std::mt19937 random(3);
  for (int i = 0; i < 20'000; ++i) {
    Bytes bytes(random() % 300);
    for (std::byte& byte : bytes) byte = static_cast<std::byte>(random());
    ASSERT_FALSE(tracker.raw(bytes, kSeeder));
  }
  EXPECT_EQ(tracker.responder.dropped(), 20'000u);
  EXPECT_EQ(tracker.responder.answered(), 0u);
}

TEST(Responder, survives_random_requests_with_good_heads_and_forgets_them_all) {
  Tracker tracker;
  std::mt19937 random(4);
  const std::vector<datagram::Request> all = requests();
  for (int i = 0; i < 40'000; ++i) {
    const Endpoint from{i % 3 == 0 ? kLeecher6.address : kSeeder.address, 1};
    Bytes bytes = Tracker::encoded(tracker.connect(from), all[random() % all.size()]);
    for (auto changes = random() % 4; changes > 0; --changes)
      bytes[16 + random() % (bytes.size() - 16)] = static_cast<std::byte>(random());
    if (random() % 8 == 0) bytes.resize(16 + random() % 1500);
    ASSERT_TRUE(tracker.raw(bytes, from));
    ASSERT_LE(tracker.out.size(), datagram::kMaxDatagram);
    ASSERT_TRUE(datagram::decode_reply(tracker.out, !from.address.is_v4()));
    tracker.now += milliseconds(random() % 100);
  }
  EXPECT_GT(tracker.responder.registry().peers(), 0u);
  tracker.now += minutes(67);
  tracker.responder.expire(tracker.now);
  EXPECT_EQ(tracker.responder.registry().peers(), 0u);
  EXPECT_EQ(tracker.responder.registry().files(), 0u);
}

TEST(Responder, forgets_silent_hosts_while_it_answers_others) {
  Tracker tracker;
  tracker.ask(kSeeder, registration(file("a")));
  tracker.now += seconds(45);
  const auto reply = tracker.ask(kLeecher, datagram::LookupRequest{peer_id(2), "a"});
  EXPECT_TRUE(std::holds_alternative<datagram::RefuseReply>(reply));
}

TEST(Responder, tells_the_timing_it_was_given_and_keeps_to_it) {
  Tracker tracker({.heartbeat = milliseconds(200), .timeout = milliseconds(500)});
  EXPECT_EQ(tracker.ask(kSeeder, registration(file("a"))),
            datagram::Reply(datagram::RegisterReply{{200, 500}, Endpoint{kSeeder.address, 6881}}));
  EXPECT_EQ(tracker.responder.registry().next_deadline(), tracker.now + milliseconds(500));
}

TEST(Responder, counts_what_it_answers_and_drops) {
  Tracker tracker;
  tracker.connect(kSeeder);
  EXPECT_FALSE(tracker.raw(Bytes(15), kSeeder));
  EXPECT_FALSE(tracker.raw({}, kSeeder));
  EXPECT_EQ(tracker.responder.answered(), 1u);
  EXPECT_EQ(tracker.responder.dropped(), 2u);
}

TEST(Responder, knows_everybody_again_in_swarms_of_any_size) {
  for (const std::string network : {"10.0.0.", "2001:db8:0:"}) {
    Tracker tracker({.open = true});
    constexpr std::uint16_t kPeers = 60;
    // Ten ports of each of six parties.
    const auto from = [&](int i) {
      const bool v4 = network.starts_with("10.");
      return address(network + std::to_string(1 + i / 10) + (v4 ? "" : "::1"));
    };
    datagram::AnnounceRequest announce;
    const auto all_announce = [&](auto expected) {
      for (std::uint16_t i = 0; i < kPeers; ++i) {
        announce.port = static_cast<std::uint16_t>(7000 + i);
        tracker.ask({from(i), 1}, announce);
        ASSERT_EQ(tracker.responder.registry().peers(), expected(i)) << i;
      }
    };
    all_announce([](int i) { return static_cast<std::size_t>(i + 1); });
    all_announce([](int) { return std::size_t{kPeers}; });
    announce.event = datagram::AnnounceEvent::stopped;
    all_announce([](int i) { return static_cast<std::size_t>(kPeers - 1 - i); });
  }
}

TEST(Responder, looks_ahead_at_anything_and_changes_nothing_by_it) {
  Tracker tracker({.open = true});
  std::vector<Asked> batch;
  tracker.responder.look_ahead(batch);
  const auto ask_and_look = [&](const Endpoint& from) {
    for (const datagram::Request& request : requests()) {
      tracker.ask(from, request);
      tracker.responder.look_ahead(batch);
    }
  };
  // Every request, cut to every length, at a size of its own so that a sanitizer sees each byte.
  std::vector<Bytes> datagrams;
  for (const datagram::Request& request : requests()) {
    const Bytes whole = Tracker::encoded({}, request);
    for (std::size_t size = 0; size <= whole.size(); ++size)
      datagrams.emplace_back(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
  }
  for (const Bytes& bytes : datagrams) {
    batch.assign(1, {bytes, kLeecher});
    tracker.responder.look_ahead(batch);
  }
  batch.clear();
  for (const Bytes& bytes : datagrams) batch.push_back({bytes, kLeecher6});
  ask_and_look(kSeeder);
  tracker.ask(kSeeder, registration(file("a")));
  const std::size_t peers = tracker.responder.registry().peers();
  for (std::size_t i = 0; i < batch.size(); ++i)
    tracker.responder.look_ahead(std::span(batch).subspan(i));
  EXPECT_EQ(tracker.responder.registry().peers(), peers);
  EXPECT_EQ(tracker.responder.registry().files(), 2u);
}

}  // namespace
}  // namespace shoal::registry::responder_test
