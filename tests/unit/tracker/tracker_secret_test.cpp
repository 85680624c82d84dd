#include "tracker/tracker_secret.hpp"

#include <sys/stat.h>
#include <system_error>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include <shoal/runtime.hpp>
#include <shoal/tracker.hpp>

#include "support/temp_dir.hpp"
#include "unit/secure/keys_for_tests.hpp"

namespace shoal::tracker_secret_test {
namespace {

namespace fs = std::filesystem;

class TrackerSecret : public testing::Test {
 protected:
  test::TempDir home_;
  fs::path directory_ = home_ / "cache/shoal";
  fs::path file_ = directory_ / "tracker.secret";
};

TEST_F(TrackerSecret, is_kept_for_its_owner_alone) {
  const auto secret = kept_secret(directory_);
  EXPECT_NE(secret, registry::SipKey{});
  EXPECT_EQ(kept_secret(directory_), secret);
  struct stat status {};
  ASSERT_EQ(::stat(file_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  EXPECT_EQ(std::distance(fs::directory_iterator(directory_), fs::directory_iterator()), 1);
}

TEST_F(TrackerSecret, differs_from_place_to_place) {
  EXPECT_NE(kept_secret(directory_), kept_secret(home_ / "other"));
}

TEST_F(TrackerSecret, that_others_could_read_is_replaced) {
  const auto known = kept_secret(directory_);
  ASSERT_EQ(::chmod(file_.c_str(), 0644), 0);
  const auto secret = kept_secret(directory_);
  EXPECT_NE(secret, known);
  EXPECT_EQ(kept_secret(directory_), secret);
}

TEST_F(TrackerSecret, that_is_none_is_replaced) {
  fs::create_directories(directory_);
  for (const char* wrong : {"", "short", "seventeen bytes.."}) {
    home_.write("cache/shoal/tracker.secret", wrong);
    ASSERT_EQ(::chmod(file_.c_str(), 0600), 0);
    const auto secret = kept_secret(directory_);
    EXPECT_EQ(kept_secret(directory_), secret) << wrong;
    EXPECT_EQ(fs::file_size(file_), secret.size());
  }
}

TEST_F(TrackerSecret, is_for_once_where_none_can_be_kept) {
  const fs::path no_folder = home_.write("file", "");
  EXPECT_NE(kept_secret(no_folder), kept_secret(no_folder));
  fs::create_directories(file_);
  EXPECT_NE(kept_secret(directory_), kept_secret(directory_)) << "a folder is in the way";
}

TEST_F(TrackerSecret, is_the_same_for_all_that_begin_at_once) {
  std::vector<registry::SipKey> secrets(8);
  {
    std::vector<std::jthread> threads;
    for (auto& secret : secrets) threads.emplace_back([&] { secret = kept_secret(directory_); });
  }
  for (const auto& secret : secrets) EXPECT_EQ(secret, secrets.front());
}

// What was recorded there before a restart shall open nothing after it; see docs/security.md.
TEST_F(TrackerSecret, of_a_closed_swarm_is_not_kept) {
  Runtime runtime{1};
  TrackerOptions options;
  options.listen = {*Endpoint::parse("127.0.0.1:0")};
  options.cache_directory = directory_;
  options.keys = secure::ring_of(1);
  { const Tracker closed(runtime, options); }
  EXPECT_FALSE(fs::exists(file_));
  options.keys = {};
  { const Tracker open(runtime, options); }
  EXPECT_TRUE(fs::exists(file_));
}

}  // namespace
}  // namespace shoal::tracker_secret_test
