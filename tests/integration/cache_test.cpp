// Files that are offered again: what has not changed is not read again. The file is one of the
// programs, because the cache does not believe in files that are as new as those that tests make.
#include <algorithm>
#include <csignal>
#include <cstdint>
#include <fstream>

#include "integration/loopback.hpp"

namespace shoal::test::cache_test {
namespace {

namespace fs = std::filesystem;

class Cache : public Loopback {
 protected:
  struct Offered {
    std::string root;
    bool read;
  };
  /// Of a large file a part at least: what is mapped meanwhile the system does not count.
  [[nodiscard]] static bool was_read(const Program& seeder, const fs::path& file) {
    return seeder.bytes_read() >= std::min<std::uintmax_t>(fs::file_size(file), 2 << 20);
  }
  [[nodiscard]] Offered offer(Program::Arguments options = {}) const {
    options.insert(options.begin(), old_.string());
    Program seeder = start_seeder(options);
    const std::string root = seeder.wait_for("registered").at("root");
    return {root, was_read(seeder, old_)};
  }
  /// Empty when there is none. The tracker's secret is there, too.
  [[nodiscard]] fs::path entry() const {
    for (const auto& one : fs::directory_iterator(home_ / "cache/shoal"))
      if (one.path().extension() == ".layer") return one.path();
    return {};
  }

  const fs::path old_ = SHOAL_BIN_DIR "/seeder";
};

TEST_F(Cache, spares_reading_a_file_that_is_known) {
  const Offered first = offer();
  const Offered second = offer();
  EXPECT_TRUE(first.read);
  EXPECT_FALSE(second.read);
  EXPECT_EQ(second.root, first.root);
  EXPECT_EQ(first.root, to_hex(identify(old_).root));
}

/// Copied from a camera whose clock is wrong.
TEST_F(Cache, spares_reading_a_file_that_is_dated_in_the_future) {
  const fs::path ahead = home_ / "ahead.bin";
  fs::copy_file(old_, ahead);
  fs::last_write_time(ahead, fs::file_time_type::clock::now() + std::chrono::hours(24 * 365));
  const auto read = [&] {
    Program seeder = start_seeder({ahead.string()});
    seeder.wait_for("registered");
    return was_read(seeder, ahead);
  };
  // Not at first: it was changed just now. Every look takes a moment, so the time comes.
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (read()) ASSERT_LT(std::chrono::steady_clock::now(), deadline);
}

TEST_F(Cache, is_not_asked_and_not_filled_where_it_is_not_wanted) {
  EXPECT_TRUE(offer({"--no-cache"}).read);
  EXPECT_TRUE(entry().empty());
  EXPECT_TRUE(offer().read);
  EXPECT_TRUE(offer({"--no-cache"}).read);
}

TEST_F(Cache, that_was_spoilt_is_ignored_and_mended) {
  const Offered first = offer();
  std::fstream spoilt(entry(), std::ios::binary | std::ios::in | std::ios::out);
  spoilt.seekp(-1, std::ios::end);
  spoilt.put('\x2a');
  spoilt.close();
  const Offered second = offer();
  EXPECT_TRUE(second.read);
  EXPECT_EQ(second.root, first.root);
  EXPECT_FALSE(offer().read);
}

TEST_F(Cache, that_cannot_be_written_is_no_obstacle) {
  fs::remove_all(home_ / "cache");
  std::ofstream(home_ / "cache") << "a file where the directory should be";
  EXPECT_TRUE(offer().read);
  EXPECT_TRUE(offer().read);
}

TEST_F(Cache, serves_from_what_it_knows) {
  static_cast<void>(offer());
  Program seeder = start_seeder({old_.string()});
  Program leecher = leecher_of("seeder", folder("here"), {"--wait", "20s", "--no-seed"});
  EXPECT_EQ(leecher.wait_for_exit(), 0);
  EXPECT_TRUE(same_content(old_, home_ / "here/seeder"));
}

}  // namespace
}  // namespace shoal::test::cache_test
