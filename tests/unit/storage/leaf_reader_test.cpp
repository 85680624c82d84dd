#include "storage/leaf_reader.hpp"

#include <chrono>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <unistd.h>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hash/sha256.hpp"
#include "storage/bus_guard.hpp"
#include "storage/file_hasher.hpp"
#include "support/temp_dir.hpp"

namespace shoal::storage::leaf_reader_test {
namespace {

using ::testing::HasSubstr;

constexpr std::size_t kBatches = 3;

/// Something goes wrong with the file between the moment that a batch of it is mapped and the
/// moment that it is looked at.
class Meddles final : public LeafHasher {
 public:
  void hash(std::span<const BytesView> leaves, std::span<Digest> out) override {
    const bool now = ++batches_ == 2;  // a reader's first batch is never mapped
    if (now) before();
    for (std::size_t i = 0; i < leaves.size(); ++i) out[i] = sha256(leaves[i]);
    if (now) {
      seen.assign(out.begin(), out.end());
      after();
    }
  }
  [[nodiscard]] std::string_view name() const override { return "meddles"; }

  std::function<void()> before;
  std::function<void()> after = [] {};
  std::vector<Digest> seen;  // then

 private:
  int batches_ = 0;
};

class LeafReaderTest : public ::testing::Test {
 protected:
  LeafReaderTest() {
    for (int turn = 0; turn < 10; ++turn) static_cast<void>(way_.next());
    way_.took(WayOfReading::Way::map, std::chrono::nanoseconds(1));
    way_.took(WayOfReading::Way::read, std::chrono::nanoseconds(100));
    for (std::size_t at = 0; at < content_.size(); at += kBlockLength) {
      expected_.push_back(sha256(as_bytes(content_.substr(at, kBlockLength))));
    }
  }

  Result<void> read_all() {
    LeafReader reader(content_.size(), &way_, &hasher_);
    return reader.append(file_, 0, content_.size(), leaves_,
                         [](std::uint64_t) { return Result<void>{}; });
  }

  const std::string content_ = std::string(kBatches * LeafReader::kBatchBytes, '\1');
  const test::TempDir directory_;
  const std::filesystem::path path_ = directory_.write("file", content_);
  const File file_ = *File::open_to_read(path_);
  WayOfReading way_;  // that prefers to map
  Meddles hasher_;
  std::vector<Digest> expected_;
  std::vector<Digest> leaves_;
};

TEST_F(LeafReaderTest, a_file_that_is_cut_while_it_is_looked_at_has_no_hash_of_the_zeros_there) {
  hasher_.before = [&] { std::filesystem::resize_file(path_, LeafReader::kBatchBytes + 4096); };
  const Result<void> done = read_all();
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().message, HasSubstr("was changed"));
  ASSERT_EQ(hasher_.seen.size(), LeafReader::kBatchBlocks);
  EXPECT_NE(hasher_.seen.back(), expected_.back()) << "it was not mapped, or this shows nothing";
  EXPECT_EQ(leaves_.size(), LeafReader::kBatchBlocks) << "the first batch, and nothing else";
}

TEST_F(LeafReaderTest, what_could_not_be_looked_at_is_read_again) {
  hasher_.before = [&] { std::filesystem::resize_file(path_, 0); };
  hasher_.after = [&] { directory_.write("file", content_); };
  const Result<void> done = read_all();
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_NE(hasher_.seen.front(), expected_.front()) << "it was not mapped, or this shows nothing";
  EXPECT_EQ(leaves_, expected_);
}

TEST_F(LeafReaderTest, a_program_that_handles_the_signal_itself_reads) {
  ASSERT_TRUE(BusGuard(as_bytes(content_)).works()) << "ours was there before";
  struct sigaction theirs {};
  struct sigaction before {};
  theirs.sa_handler = [](int) {};
  ASSERT_EQ(::sigaction(SIGBUS, &theirs, &before), 0);
  hasher_.before = [&] { std::filesystem::resize_file(path_, 0); };
  hasher_.after = [&] { directory_.write("file", content_); };
  const Result<void> done = read_all();
  ASSERT_EQ(::sigaction(SIGBUS, &before, nullptr), 0);
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(hasher_.seen.front(), expected_.front()) << "it was mapped";
  EXPECT_EQ(leaves_, expected_);
}

/// In a process of its own, for what others have installed stays.
TEST(LeafReaderDeathTest, who_hashes_little_gets_no_handler_for_the_signal) {
  ::testing::GTEST_FLAG(death_test_style) = "threadsafe";
  const auto handler = [] {
    struct sigaction now {};
    ::sigaction(SIGBUS, nullptr, &now);
    return reinterpret_cast<std::uintptr_t>(now.sa_sigaction);
  };
  const auto hash = [](std::size_t size) {
    const test::TempDir directory;
    const File file = *File::open_to_read(directory.write("file", std::string(size, '\1')));
    const bool hashed = hash_file(file, *Geometry::make(size, 1 << 20), 2, {}, {}).has_value();
    if (!hashed) ::_exit(3);
  };
  EXPECT_EXIT(
      {
        const auto before = handler();
        hash(6 << 20);
        ::_exit(handler() == before ? 7 : 1);
      },
      ::testing::ExitedWithCode(7), "");
  EXPECT_EXIT(
      {
        const auto before = handler();
        hash(33 << 20);
        ::_exit(handler() != before ? 7 : 1);
      },
      ::testing::ExitedWithCode(7), "");
}

}  // namespace
}  // namespace shoal::storage::leaf_reader_test
