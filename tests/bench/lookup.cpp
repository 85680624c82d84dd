// bench_lookup: a real tracker on one core under load over loopback UDP.
#include <chrono>
#include <random>

#include <shoal/file_info.hpp>

#include "bench/machine.hpp"
#include "bench/options.hpp"
#include "bench/output.hpp"
#include "bench/program.hpp"
#include "bench/under_load.hpp"
#include "metainfo/geometry.hpp"

namespace shoal::bench {
namespace {

struct Options {
  std::filesystem::path programs = SHOAL_BIN_DIR;
  std::uint32_t files = 10'000;
  std::uint32_t peers_per_file = 10;
  std::uint32_t peers = 1'000;
  std::string mode = "lookup";
  std::string listen = "127.0.0.1:0";
  std::size_t outstanding = 256;
  double rate = 100'000;
  double seconds = 5;
  int runs = 5;
  int tracker_core = 0;
  int own_core = 1;
};

constexpr std::uint64_t kLength = 1 << 30;
constexpr std::uint16_t kFirstPort = 10'000;

FileInfo file(std::uint32_t number) {
  FileInfo info{"a file with a name of the usual length, number " + std::to_string(number) + ".iso",
                kLength,
                piece_length_for(kLength),
                {}};
  store_be(number + 1, info.root.bytes.data());
  return info;
}

PeerId peer_id(std::uint32_t number) {
  PeerId id;
  store_be(number, id.bytes.data());
  return id;
}

/// Every file, offered by so many peers. All have this host's address: ports tell them apart.
std::vector<datagram::Request> registrations(const Options& options) {
  std::vector<datagram::Request> requests;
  for (std::uint32_t i = 0; i < options.files * options.peers_per_file; ++i) {
    const std::uint32_t number = i / options.peers_per_file;
    const std::uint32_t peer = (number + i % options.peers_per_file) % options.peers;
    requests.emplace_back(datagram::RegisterRequest{
        peer_id(peer), static_cast<std::uint16_t>(kFirstPort + peer), true, file(number)});
  }
  return requests;
}

/// One request for each file, in random order.
std::vector<datagram::Request> questions(const Options& options) {
  std::vector<datagram::Request> requests;
  for (std::uint32_t number = 0; number < options.files; ++number) {
    const PeerId asker = peer_id(options.peers + number);
    if (options.mode != "announce") {
      requests.emplace_back(datagram::LookupRequest{asker, file(number).name});
    }
    if (options.mode != "lookup") {
      datagram::AnnounceRequest announce;
      announce.info_hash = truncated(info_hash(file(number)));
      announce.peer_id = peer_id(number % options.peers);
      announce.port = static_cast<std::uint16_t>(kFirstPort + number % options.peers);
      announce.num_want = 50;
      requests.emplace_back(announce);
    }
  }
  std::ranges::shuffle(requests, std::mt19937(1));
  return requests;
}

void run_all(const Options& options) {
  // Heartbeats are not part of this: nobody is forgotten while it lasts.
  Program tracker(options.programs / "tracker",
                  {"--listen", options.listen, "--heartbeat", "1h", "--timeout", "2h",
                   "--max-per-address", "0", "--json"},
                  options.tracker_core);
  const std::string at = tracker.wait_for("listening").event.at("address");
  const Endpoint address = Endpoint::parse(at).value();
  keep_to_core(options.own_core);

  note("registering");
  (void)put_under_load(tracker.id(), address, registrations(options),
                       {.outstanding = options.outstanding});

  const std::string what = options.mode + ", " + std::to_string(options.files) + " files, " +
                           std::to_string(options.files * options.peers_per_file) + " peers";
  const auto requests = questions(options);
  LoadPlan plan{.outstanding = options.outstanding,
                .rate = 0,
                .duration = std::chrono::duration_cast<Duration>(
                    std::chrono::duration<double>(options.seconds))};
  note("as fast as answers come");
  const UnderLoad fast = best_of(
      options.runs, tracker.id(), address, requests, plan,
      [](const UnderLoad& a, const UnderLoad& b) { return a.per_second() > b.per_second(); });
  const std::string outstanding = std::to_string(options.outstanding) + " at once";
  print_row(what + ": answers per second, one core", thousands(fast.per_second()));
  print_row(what + ": answers per CPU second", thousands(fast.per_cpu_second()));
  print_row(what + ": latency with " + outstanding, fast.quantiles());

  note("at a steady rate");
  plan.rate = options.rate;
  const UnderLoad steady = best_of(options.runs, tracker.id(), address, requests, plan,
                                   [](const UnderLoad& a, const UnderLoad& b) {
                                     return a.load.microseconds(0.99) < b.load.microseconds(0.99);
                                   });
  print_row(what + ": latency at " + thousands(steady.per_second()) + " a second",
            steady.quantiles());
  print_row(what + ": peak memory", mebibytes(peak_memory(tracker.id())));
}

}  // namespace
}  // namespace shoal::bench

int main(int argc, char** argv) {
  using namespace shoal::bench;
  Options options;
  CLI::App app(
      "A tracker on one core under load from another one. Rows for the table go to "
      "standard output.",
      "bench_lookup");
  const auto count = [&app](const std::string& name, auto& into, const std::string& description) {
    app.add_option(name, into, description)->check(CLI::Range(1, 1'000'000))->capture_default_str();
  };
  app.add_option("--programs", options.programs, "directory of the tracker")->capture_default_str();
  app.add_option("--mode", options.mode, "lookup, announce, or mixed: half and half")
      ->check(CLI::IsMember({"lookup", "announce", "mixed"}))
      ->capture_default_str();
  app.add_option("--listen", options.listen,
                 "where the tracker listens; at 0.0.0.0:0 it has to answer from the address that "
                 "was asked")
      ->capture_default_str();
  count("--files", options.files, "files that are registered");
  count("--peers-per-file", options.peers_per_file, "peers that offer each");
  app.add_option("--peers", options.peers, "different peers that there are, at least as many")
      ->check(CLI::Range(1, 50'000))
      ->capture_default_str();
  count("--outstanding", options.outstanding, "requests under way at once");
  count("--rate", options.rate, "requests a second, for latency under a steady load");
  count("--seconds", options.seconds, "length of a run");
  count("--runs", options.runs, "runs of each; the best counts");
  app.add_option("--tracker-core", options.tracker_core, "the tracker's core")
      ->capture_default_str();
  app.add_option("--own-core", options.own_core, "the core of this program")->capture_default_str();
  return run(app, argc, argv, [&options] { run_all(options); });
}
