// bench_handshakes: what hundreds of TLS handshakes at once, and storms of garbage, do to a seeder
// of a closed swarm that serves a download meanwhile. The seeder runs in this process, so that its
// event loop can be watched.
#include <algorithm>
#include <atomic>
#include <deque>
#include <filesystem>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <variant>

#include <spdlog/spdlog.h>

#include <shoal/keys.hpp>
#include <shoal/seeder.hpp>

#include "base/units.hpp"
#include "bench/machine.hpp"
#include "bench/options.hpp"
#include "bench/output.hpp"
#include "bench/program.hpp"
#include "secure/tls_context.hpp"
#include "support/files.hpp"
#include "support/temp_dir.hpp"
#include "support/tls_socket.hpp"

namespace shoal::bench {
namespace {

namespace fs = std::filesystem;

struct Options {
  fs::path programs = SHOAL_BIN_DIR;
  std::uint64_t size = 1ull << 30;
  int peers = 500;
  int runs = 5;
};

double seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

/// Asks an event loop every millisecond whether it goes on, and keeps the longest wait for a yes.
class Watch {
 public:
  explicit Watch(Runtime& runtime)
      : runtime_(runtime), thread_([this](const std::stop_token& stop) { ask(stop); }) {}

  /// The longest wait since the last call.
  Duration longest() {
    const std::scoped_lock lock(mutex_);
    return std::exchange(longest_, {});
  }

 private:
  void ask(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      runtime_.post([this, asked = RealClock::now()] {
        const std::scoped_lock lock(mutex_);
        longest_ = std::max(longest_, RealClock::now() - asked);
      });
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }

  Runtime& runtime_;
  std::mutex mutex_;
  Duration longest_{};
  std::jthread thread_;
};

/// A seeder whose loop runs on a thread of its own.
class SeederThread {
 public:
  SeederThread(PeerOptions options, const fs::path& file)
      : seeder_(runtime_, std::move(options),
                [this](const Event& event) {
                  if (std::holds_alternative<event::Registered>(event)) registered_ = true;
                }),
        address_(seeder_.address()) {
    seeder_.add(file);
    thread_ = std::jthread([this] { runtime_.run(); });
    while (!registered_) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  ~SeederThread() { runtime_.stop(); }

  [[nodiscard]] Runtime& runtime() { return runtime_; }
  [[nodiscard]] Endpoint address() const { return address_; }

 private:
  Runtime runtime_;
  std::atomic<bool> registered_ = false;
  Seeder seeder_;
  Endpoint address_;
  std::jthread thread_;
};

/// Closes whatever connects: what garbage costs the machine, whoever it is sent to.
class Sink {
 public:
  Sink() { socket_.listen(); }
  [[nodiscard]] Endpoint address() const { return socket_.local(); }

 private:
  test::LoopbackSocket socket_{SOCK_STREAM};
  std::jthread thread_{[this](const std::stop_token& stop) {
    while (!stop.stop_requested()) socket_.turn_away(std::chrono::milliseconds(50));
  }};
};

/// What else happens while a file is fetched.
using Meanwhile = std::function<void(const std::atomic<bool>& over)>;

struct Seen {
  double rate = 0;  ///< of the download, bytes a second
  Duration stall{};
};

class Measurement {
 public:
  explicit Measurement(const Options& options)
      : options_(options),
        file_(test::make_file(directory_ / "source", options.size)),
        key_(directory_ / "key"),
        keys_(make_keys()),
        tracker_(options.programs / "tracker",
                 {"--listen", "127.0.0.1:0", "--json", "--key", key_.string()}),
        tracker_address_(tracker_.wait_for("listening").event.at("address")),
        seeder_({.trackers = {tracker_address_},
                 .listen = Endpoint::parse("127.0.0.1:0"),
                 .limits = {},
                 .keys = keys_},
                file_),
        watch_(seeder_.runtime()) {}

  void run() {
    Seen alone, crowd, storm, elsewhere;
    double shaken = 0;
    double garbage = 0;
    const Sink sink;
    for (int run = 0; run < options_.runs; ++run) {
      note_and_take("alone", fetch({}), alone);
      note_and_take("handshakes", fetch([&](const auto&) { shaken = shake_hands(); }), crowd);
      note("  took " + milliseconds(shaken));
      const auto garbage_to = [&garbage](const Endpoint& to) {
        return [&garbage, to](const std::atomic<bool>& over) { garbage = send_garbage(to, over); };
      };
      note_and_take("garbage", fetch(garbage_to(seeder_.address())), storm);
      note("  " + thousands(garbage) + " connections a second");
      note_and_take("garbage for others", fetch(garbage_to(sink.address())), elsewhere);
      note("  " + thousands(garbage) + " connections a second");
    }
    const std::string many = std::to_string(options_.peers);
    row("closed swarm, download alone", alone, alone);
    row("closed swarm, while " + many + " peers shake hands at once", crowd, alone);
    row("closed swarm, while garbage connects without end", storm, alone);
    row("closed swarm, while the same goes to a program that closes at once", elsewhere, alone);
  }

 private:
  Keys make_keys() const {
    if (!write_new_key(key_)) throw std::runtime_error("cannot make a key");
    return read_keys(std::span(&key_, 1)).value();
  }
  /// Best is compared with best, also of stalls: whatever else the machine does makes them longer.
  static void note_and_take(const std::string& what, const Seen& seen, Seen& best) {
    note(what + ": " + gigabytes_per_second(seen.rate) + ", longest stall " +
         milliseconds(seconds(seen.stall)));
    best.rate = std::max(best.rate, seen.rate);
    best.stall = best.stall.count() == 0 ? seen.stall : std::min(best.stall, seen.stall);
  }
  static void row(const std::string& what, const Seen& seen, const Seen& alone) {
    print_row(what, gigabytes_per_second(seen.rate),
              fixed(seen.rate / alone.rate, 2) + " of alone");
    print_row(what + ": longest wait for the seeder's loop", milliseconds(seconds(seen.stall)));
  }

  Seen fetch(const Meanwhile& meanwhile) {
    const fs::path output = directory_ / "here";
    fs::create_directories(output);
    prepare_run(options_.size, {&file_, 1});
    Seen seen;
    {
      Program leecher(options_.programs / "leecher",
                      {"--tracker", tracker_address_, "--listen", "127.0.0.1:0", "--json", "--key",
                       key_.string(), "--no-seed", "--output", output.string(), "source"});
      leecher.wait_for("progress");
      static_cast<void>(watch_.longest());
      std::atomic<bool> over = false;
      const std::jthread other([&] {
        if (meanwhile) meanwhile(over);
      });
      const auto complete = leecher.wait_for("complete");
      over = true;
      seen.stall = watch_.longest();
      seen.rate = static_cast<double>(options_.size) / seconds(complete.when - leecher.started());
    }
    fs::remove_all(output);
    return seen;
  }

  /// Returns how long it took until the last of them had the key proven to it.
  double shake_hands() const {
    const auto context = std::make_shared<const secure::TlsContext>(keys_);
    std::deque<test::TlsSocket> crowd;
    for (int i = 0; i < options_.peers; ++i) crowd.emplace_back(context, seeder_.address());
    const RealTime begun = RealClock::now();
    for (test::TlsSocket& one : crowd) one.greet();
    for (test::TlsSocket& one : crowd) one.finish();
    return seconds(RealClock::now() - begun);
  }
  /// Returns how many connections a second it made.
  static double send_garbage(const Endpoint& to, const std::atomic<bool>& over) {
    const RealTime begun = RealClock::now();
    double made = 0;
    Bytes garbage(300);
    std::uint32_t state = 1;
    for (; !over; ++made) {
      for (std::byte& b : garbage) {
        b = std::byte(static_cast<unsigned char>((state = state * 1664525 + 1013904223) >> 24));
      }
      garbage[0] = std::byte{22};
      test::LoopbackSocket(SOCK_STREAM, to).send(garbage);
    }
    return made / seconds(RealClock::now() - begun);
  }

  Options options_;
  test::TempDir directory_;
  fs::path file_;
  fs::path key_;
  Keys keys_;
  Program tracker_;
  std::string tracker_address_;
  SeederThread seeder_;
  Watch watch_;
};

}  // namespace
}  // namespace shoal::bench

int main(int argc, char** argv) {
  using namespace shoal::bench;
  spdlog::set_level(spdlog::level::warn);  // as the programs have it
  Options options;
  CLI::App app(
      "TLS handshakes and garbage against a seeder of a closed swarm that serves a download. Rows "
      "for docs/benchmarks.md go to standard output.",
      "bench_handshakes");
  app.add_option("--programs", options.programs, "directory of the programs")
      ->capture_default_str();
  add_size(app, "--size", options.size, "size of the file");
  app.add_option("--peers", options.peers, "peers that shake hands at once")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  app.add_option("--runs", options.runs, "runs of each; the best counts")
      ->check(CLI::Range(1, 1'000))
      ->capture_default_str();
  return run(app, argc, argv, [&options] { Measurement(options).run(); });
}
