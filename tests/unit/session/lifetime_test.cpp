#include <fstream>
#include <future>
#include <optional>
#include <random>

#include <asio/post.hpp>
#include <gtest/gtest.h>

#include <shoal/leecher.hpp>
#include <shoal/seeder.hpp>

#include "metainfo/geometry.hpp"
#include "net/runtime_impl.hpp"
#include "support/run_awaitable.hpp"
#include "support/scripted_peer.hpp"
#include "support/temp_dir.hpp"

/// Leechers and seeders that go away while a disk does not answer: what waits for it ends later
/// than they do. AddressSanitizer sees whether it uses what is gone by then.
namespace shoal::lifetime_test {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kLength = 17 << 20;  // of more than one block a piece

std::string content() {
  std::string bytes(kLength, '\0');
  std::minstd_rand random;
  for (char& one : bytes) one = static_cast<char>(random() >> 8);
  return bytes;
}

class LifetimeTest : public testing::Test {
 protected:
  PeerOptions options() {
    PeerOptions options;
    options.trackers = {};
    options.listen = *Endpoint::parse("127.0.0.1:0");
    return options;
  }
  EventHandler tells() {
    return [this](const Event& event) {
      if (const auto* seeding = std::get_if<event::Seeding>(&event)) offered = seeding->file;
      if (const auto* progress = std::get_if<event::Progress>(&event)) arrived = progress->bytes;
    };
  }
  asio::io_context& loop() { return runtime.impl().loop; }
  bool until(const std::function<bool()>& done) { return test::run_until(loop(), done); }

  /// The disk answers nobody until end_of_the_wait().
  void disk_hangs() {
    asio::post(runtime.impl().pool, [wait = end_.get_future().share()] { wait.wait(); });
  }
  /// Everything that looks now and then has looked, and has let go.
  void time_passes() { loop().run_for(1300ms); }
  /// What has waited for the disk goes on.
  void disk_answers() {
    end_.set_value();
    std::promise<void> behind;
    asio::post(runtime.impl().pool, [&behind] { behind.set_value(); });
    behind.get_future().wait();
    loop().run_for(100ms);
  }

  test::TempDir dir;
  Runtime runtime{1};
  std::optional<FileInfo> offered;
  std::uint64_t arrived = 0;

 private:
  std::promise<void> end_;
};

TEST_F(LifetimeTest, a_seeder_may_go_while_a_piece_is_read_that_others_have_changed) {
  const auto path = dir.write("a.bin", content());
  std::optional<Seeder> seeder(std::in_place, runtime, options(), tells());
  seeder->add(path);
  ASSERT_TRUE(until([&] { return offered.has_value(); }));

  disk_hangs();
  const std::uint32_t blocks = offered->piece_length / kBlockLength;
  const auto height = Geometry::make(kLength, offered->piece_length)->tree_height();
  const auto proof = static_cast<std::uint32_t>(height - 1);
  auto asked = std::async(std::launch::async, [&, to = seeder->address(), file = *offered] {
    auto peer = std::make_unique<test::ScriptedPeer>(to, file);
    peer->says(wire::HashRequest{{file.root, 0, 0, blocks, proof}});
    peer->says(wire::Interested{});
    peer->hears<wire::Unchoke>();  // so it has heard both
    return peer;
  });
  ASSERT_TRUE(until([&] { return asked.wait_for(0s) == std::future_status::ready; }));
  const auto peer = asked.get();

  std::fstream(path, std::ios::in | std::ios::out | std::ios::binary).write("changed", 7);
  seeder.reset();
  time_passes();
  disk_answers();
}

TEST_F(LifetimeTest, a_leecher_may_go_while_what_has_come_waits_for_the_disk) {
  Seeder seeder(runtime, options(), tells());
  seeder.add(dir.write("a.bin", content()));
  ASSERT_TRUE(until([&] { return offered.has_value(); }));
  const auto into = dir / "into";
  std::filesystem::create_directory(into);
  std::optional<Leecher> leecher(std::in_place, runtime, options(), tells());
  const std::vector<std::string> peers{seeder.address().to_string()};
  leecher->set_limits({.download = 1 << 20});
  leecher->fetch(magnet_link(*offered, {}, peers), {.directory = into});
  ASSERT_TRUE(until([&] { return arrived > 0; }));
  disk_hangs();
  leecher->set_limits({});
  loop().run_for(300ms);  // it reads until too much waits for the disk
  leecher.reset();
  time_passes();
  disk_answers();
  EXPECT_FALSE(std::filesystem::exists(into / "a.bin"));
}

}  // namespace
}  // namespace shoal::lifetime_test
