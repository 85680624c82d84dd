// What the system says of this machine's addresses.
#include "net/address_watch.hpp"

#include <fstream>

#include <asio/io_context.hpp>
#include <gmock/gmock.h>

#include "support/network_namespace.hpp"
#include "support/run_awaitable.hpp"
#include "support/temp_dir.hpp"

namespace shoal::test::address_watch_test {
namespace {

using testing::ElementsAre;

class AddressWatchTest : public testing::Test {
 protected:
  void SetUp() override {
    // Root and iproute2 are needed to change addresses; why[] says which is missing.
    if (const auto why = NetworkNamespace::missing()) GTEST_SKIP() << *why;
    here_.emplace();
    there_.emplace();
    here_->connect("eth0", *there_, "eth0");
    change("add", "192.0.2.1");
    const auto inside = here_->enter();
    watch_.emplace(loop_.get_executor(), [this](const net::AddressWatch::Change& change) {
      for (const IpAddress& one : change.gone) told_.push_back("gone " + one.to_string());
      for (const IpAddress& one : change.come) told_.push_back("come " + one.to_string());
    });
    loop_.poll();  // it hears of all that there are before they change
  }

  /// The system has told of it when this returns.
  void change(const std::string& how, const std::string& address) const {
    here_->ip("addr " + how + " " + address + "/32 dev eth0");
  }
  [[nodiscard]] bool hears_of(std::size_t changes) {
    return run_until(loop_, [&] { return told_.size() >= changes; });
  }

  std::optional<NetworkNamespace> here_;
  std::optional<NetworkNamespace> there_;
  asio::io_context loop_;
  std::vector<std::string> told_;
  std::optional<net::AddressWatch> watch_;
};

TEST_F(AddressWatchTest, tells_what_comes_and_what_goes) {
  change("add", "192.0.2.2");
  ASSERT_TRUE(hears_of(1));
  change("del", "192.0.2.1");
  ASSERT_TRUE(hears_of(2));
  EXPECT_THAT(told_, ElementsAre("come 192.0.2.2", "gone 192.0.2.1"));
}

TEST_F(AddressWatchTest, says_nothing_of_what_goes_and_is_back_soon) {
  change("del", "192.0.2.1");
  loop_.poll();  // it hears of that
  change("add", "192.0.2.1");
  change("add", "192.0.2.2");
  ASSERT_TRUE(hears_of(1));
  EXPECT_THAT(told_, ElementsAre("come 192.0.2.2"));
}

TEST_F(AddressWatchTest, asks_anew_when_more_happens_at_once_than_the_system_remembers) {
  constexpr std::size_t kMany = 1000;
  const TempDir directory;
  {
    std::ofstream commands(directory / "commands");
    for (std::size_t i = 0; i < kMany; ++i)
      commands << "addr add 10.1." << i / 250 << '.' << i % 250 + 1 << "/32 dev eth0\n";
  }
  here_->ip("-batch " + (directory / "commands").string());
  ASSERT_TRUE(hears_of(kMany));
  EXPECT_EQ(told_.size(), kMany);
}

}  // namespace
}  // namespace shoal::test::address_watch_test
