#include "session/link_search.hpp"

#include <gmock/gmock.h>

#include "net/runtime_impl.hpp"
#include "session/peer_id.hpp"
#include "support/fake_tracker.hpp"
#include "support/run_awaitable.hpp"
#include "support/temp_dir.hpp"

namespace shoal::session::link_search_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Nothing listens there.
const Endpoint kFirst = *Endpoint::parse("127.0.0.9:4001");
const Endpoint kLate = *Endpoint::parse("127.0.0.9:4002");

class LinkSearchTest : public testing::Test {
 protected:
  LinkSearchTest() {
    tracker.on_request([this](const datagram::Request& request) -> std::optional<datagram::Reply> {
      if (!std::holds_alternative<datagram::AnnounceRequest>(request)) return std::nullopt;
      return datagram::AnnounceReply{1800, 1, 2, peers};
    });
  }
  ~LinkSearchTest() override {
    context->close();
    loop.poll();  // connections that were closed end
  }

  bool until(const std::function<bool()>& done) { return test::run_until(loop, done); }
  std::shared_ptr<LinkSearch> search(const Link& link) {
    const auto search = std::make_shared<LinkSearch>(context, link);
    search->start(link);
    return search;
  }
  Link link() const {
    Link link;
    link.info_hash = info_hash(file);
    link.trackers = {"udp://" + tracker.name()};
    link.torrent = make_torrent(file, {}, link.trackers);
    return link;
  }
  /// The file is being fetched from here on.
  std::shared_ptr<Swarm> begin() {
    const Geometry geometry = Geometry::make(file.length, file.piece_length).value();
    auto swarm = std::make_shared<Swarm>(
        context->environment(), torrent::Content(file, geometry, std::nullopt),
        storage::PartFile::open(dir.path(), *FileName::parse(file.name), file.root, file.length)
            .value(),
        SwarmEvents{});
    context->torrents().add(swarm);
    swarm->start();
    return swarm;
  }

  static PeerOptions no_trackers() {
    PeerOptions options;
    options.trackers = {};
    return options;
  }

  const FileInfo file{"a.bin", 1000, 16384, Digest{{std::byte{1}}}};
  test::TempDir dir;
  Runtime runtime{1};
  asio::io_context& loop = runtime.impl().loop;
  test::FakeTracker tracker{loop};
  std::vector<Endpoint> peers{kFirst};
  std::shared_ptr<SessionContext> context = SessionContext::make(
      no_trackers(), {},
      std::make_shared<Environment>(Environment::Setup{.executor = loop.get_executor(),
                                                       .workers = runtime.impl().pool,
                                                       .self = {.peer_id = make_peer_id()}}),
      discovery::Announcer(loop.get_executor(), {}, make_peer_id(),
                           {.listens = *Endpoint::parse("127.0.0.1:4242")}, {}));
};

TEST_F(LinkSearchTest, peers_that_come_up_late_go_to_the_download) {
  const auto searching = search(link());
  ASSERT_TRUE(until([&] { return !searching->peers().empty(); }));
  const auto swarm = begin();
  EXPECT_EQ(swarm->torrent().known_peers().known, 0u);
  peers = {kLate};
  context->announcer().followed(info_hash(file))->update({.left = 0});  // announces at once
  EXPECT_TRUE(until([&] { return swarm->torrent().known_peers().known == 1; }));
  EXPECT_THAT(searching->peers(), ElementsAre(kFirst));
}

TEST_F(LinkSearchTest, is_exhausted_once_all_trackers_have_answered) {
  peers = {};
  const auto searching = search(link());
  EXPECT_FALSE(searching->exhausted());
  ASSERT_TRUE(until([&] { return searching->exhausted(); }));
  EXPECT_EQ(searching->failure().code, Errc::not_found);
  EXPECT_THAT(searching->failure().message, HasSubstr("no tracker knows anybody who has it"));
}

TEST_F(LinkSearchTest, says_that_a_link_leads_to_nobody) {
  Link nowhere = link();
  nowhere.trackers = {};
  const auto searching = search(nowhere);
  EXPECT_TRUE(searching->exhausted());
  EXPECT_THAT(searching->failure().message, HasSubstr("--tracker HOST:PORT"));
}

}  // namespace
}  // namespace shoal::session::link_search_test
