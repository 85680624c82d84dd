// Programs that are told to end while something hangs: a name server, a disk, whoever reads what
// they say. What hangs here hangs for good, so who waits for it never ends.
#include <csignal>

#include "integration/loopback.hpp"
#include "support/hanging.hpp"
#include "support/tracker_talk.hpp"

namespace shoal::test::ending_test {
namespace {

constexpr std::uint64_t kMiB = 1 << 20;
constexpr int kInterrupted = 130;
constexpr int kTerminated = 128 + SIGTERM;

class Ending : public Loopback {
 protected:
  /// Its only tracker has a name that cannot be looked up.
  [[nodiscard]] Program leecher_without_names() const {
    return start("leecher",
                 {"a.bin", "--json", "--listen", "127.0.0.1:0", "--wait", "10m", "--output",
                  folder("here").string(), "--tracker", "slow.test:6000"},
                 hanging_.lookups("slow.test"));
  }
  /// The tracker, by a name that can be looked up.
  [[nodiscard]] std::string by_name() const {
    return "good.test" + address_.substr(address_.rfind(':'));
  }
  [[nodiscard]] Program leecher_with_hanging(const std::string& call) const {
    return leecher_of("a.bin", folder("here"), {}, hanging_.calls(call, ".part"));
  }

  const Hanging hanging_;
};

// ---- once and twice ---------------------------------------------------------

TEST_F(Ending, one_ctrl_c_suffices_while_a_name_server_is_silent) {
  Program leecher = leecher_without_names();
  hanging_.wait();
  leecher.signal(SIGINT);
  EXPECT_EQ(leecher.wait_for_exit(), kInterrupted);
  EXPECT_EQ(leecher.count("failed"), 1) << "what becomes of the file is still told";
}

TEST_F(Ending, one_ctrl_c_suffices_while_the_disk_makes_no_room) {
  Program seeder = seeder_of(file("a.bin", kMiB));
  Program leecher = leecher_with_hanging("ftruncate");
  hanging_.wait();
  leecher.signal(SIGINT);
  EXPECT_EQ(leecher.wait_for_exit(), kInterrupted);
  EXPECT_EQ(leecher.count("failed"), 1);
}

TEST_F(Ending, one_ctrl_c_suffices_while_the_disk_writes_nothing) {
  Program seeder = seeder_of(file("a.bin", kMiB));
  Program leecher = leecher_with_hanging("pwritev");
  hanging_.wait();
  leecher.signal(SIGTERM);
  EXPECT_EQ(leecher.wait_for_exit(), kInterrupted);
}

TEST_F(Ending, one_ctrl_c_suffices_while_what_was_written_does_not_reach_the_disk) {
  Program seeder = seeder_of(file("a.bin", kMiB));
  Program leecher =
      leecher_of("a.bin", folder("here"), {"--sync"}, hanging_.calls("fsync", "/here/"));
  hanging_.wait();
  leecher.signal(SIGINT);
  EXPECT_EQ(leecher.wait_for_exit(), kInterrupted);
}

TEST_F(Ending, one_ctrl_c_suffices_for_a_seeder_that_cannot_read_what_it_hashes) {
  const auto original = file("big.bin", 40 * kMiB);
  Program seeder = start(
      "seeder", {original.string(), "--json", "--listen", "127.0.0.1:0", "--tracker", address_},
      hanging_.calls("pread", "big.bin"));
  hanging_.wait();
  seeder.signal(SIGINT);
  EXPECT_EQ(seeder.wait_for_exit(), 0) << "the normal end of a seeder";
  EXPECT_NE(seeder.errors().find("without waiting"), std::string::npos) << seeder.errors();
}

TEST_F(Ending, a_second_ctrl_c_ends_at_once_with_the_signals_code) {
  Program seeder = seeder_of(file("a.bin", kMiB));
  Program leecher = leecher_with_hanging("ftruncate");
  hanging_.wait();
  leecher.signal(SIGINT);
  leecher.signal(SIGTERM);
  EXPECT_EQ(leecher.wait_for_exit(), kTerminated);
  EXPECT_EQ(leecher.errors(), "") << "nothing was given up for being late";
}

TEST_F(Ending, trackers_that_answer_are_told_whatever_hangs) {
  const auto original = file("a.bin", kMiB);
  Program seeder = start("seeder",
                         {original.string(), "--json", "--listen", "127.0.0.1:0", "--tracker",
                          "slow.test:6000", "--tracker", by_name()},
                         hanging_.lookups("slow.test"));
  seeder.wait_for("registered");
  hanging_.wait();
  seeder.signal(SIGINT);
  EXPECT_EQ(seeder.wait_for_exit(), 0);
  EXPECT_TRUE(std::holds_alternative<datagram::RefuseReply>(
      ask_tracker(address_, datagram::LookupRequest{PeerId{}, "a.bin"})));
}

TEST_F(Ending, a_download_that_is_complete_waits_for_no_name_server) {
  Program seeder = seeder_of(file("a.bin", kMiB));
  Program leecher =
      start("leecher",
            {"a.bin", "--json", "--no-seed", "--listen", "127.0.0.1:0", "--output",
             folder("here").string(), "--tracker", "slow.test:6000", "--tracker", by_name()},
            hanging_.lookups("slow.test"));
  EXPECT_EQ(leecher.wait_for_exit(), 0);
  EXPECT_EQ(leecher.errors(), "");
  EXPECT_TRUE(same_content(home_ / "seeds/a.bin", home_ / "here/a.bin"));
}

// ---- before it has begun, and when nobody listens ----------------------------

TEST_F(Ending, ctrl_c_is_heard_before_the_session_begins) {
  const auto settings = file("settings", 10);
  Program seeder = start("seeder", {"--json", "--config", settings.string()},
                         hanging_.calls("pread", "settings"));  // on a disk that does not answer
  hanging_.wait();
  seeder.signal(SIGINT);
  EXPECT_EQ(seeder.wait_for_exit(), kInterrupted);
}

TEST_F(Ending, ctrl_c_is_heard_while_nobody_takes_what_is_said) {
  Program leecher =
      leecher_of("a.bin", folder("here"), {"--wait", "10m"}, hanging_.calls("fflush", "pipe:"));
  hanging_.wait();
  leecher.signal(SIGINT);
  EXPECT_EQ(leecher.wait_for_exit(), kInterrupted);
}

}  // namespace
}  // namespace shoal::test::ending_test
