// bench_announce: BEP 15 announces, to our tracker and to opentracker.
#include <array>
#include <fstream>
#include <netinet/in.h>
#include <random>
#include <sys/socket.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include "bench/machine.hpp"
#include "bench/options.hpp"
#include "bench/output.hpp"
#include "bench/program.hpp"
#include "bench/under_load.hpp"
#include "registry/responder.hpp"
#include "support/temp_dir.hpp"

namespace shoal::bench {
namespace {

struct Options {
  std::filesystem::path programs = SHOAL_BIN_DIR;
  std::filesystem::path opentracker = "/usr/bin/opentracker";
  std::string what = "opentracker";
  std::uint32_t peers = 100'000;
  std::size_t outstanding = 128;
  double rate = 200'000;
  double seconds = 4;
  int runs = 5;
};

using Requests = std::vector<datagram::Request>;

constexpr std::uint32_t kPeersPerSwarm = 10;
constexpr std::uint16_t kFirstPort = 1025;

InfoHash20 info_hash_of(std::uint32_t swarm) {
  std::array<std::byte, 24> random;
  for (std::uint8_t part = 0; part < 3; ++part) {
    std::array<std::byte, 5> input{std::byte{part}};
    store_be(swarm, input.data() + 1);
    store_be(registry::siphash({}, input), random.data() + 8 * part);
  }
  InfoHash20 hash;
  std::copy_n(random.begin(), hash.bytes.size(), hash.bytes.begin());
  return hash;
}

datagram::AnnounceRequest announce_of(std::uint32_t peer, std::uint32_t swarms) {
  datagram::AnnounceRequest request;
  request.info_hash = info_hash_of(peer % swarms);
  store_be(peer, request.peer_id.bytes.data() + 16);
  request.left = 1;
  request.num_want = 50;
  request.port = static_cast<std::uint16_t>(kFirstPort + peer / swarms);
  return request;
}

/// Every peer once: so a tracker gets to know them.
Requests announces(std::uint32_t peers) {
  const std::uint32_t swarms = peers / kPeersPerSwarm;
  Requests requests;
  requests.reserve(peers);
  for (std::uint32_t peer = 0; peer < peers; ++peer)
    requests.emplace_back(announce_of(peer, swarms));
  return requests;
}

Requests shuffled(Requests requests, std::uint32_t seed = 1) {
  std::ranges::shuffle(requests, std::mt19937(seed));
  return requests;
}

Endpoint free_port() {
  const test::Descriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(socket.get(), generic, size) != 0 ||
      ::getsockname(socket.get(), generic, &size) != 0) {
    throw std::runtime_error("no free UDP port");
  }
  Endpoint endpoint = Endpoint::parse("127.0.0.1:0").value();
  endpoint.port = ntohs(address.sin_port);
  return endpoint;
}

/// A running tracker and where it listens.
struct Running {
  Program program;
  Endpoint address;
};

Running start_ours(const Options& options, int threads, std::optional<int> core) {
  Program tracker(options.programs / "tracker",
                  {"--listen", "127.0.0.1:0", "--open", "--max-per-address", "0", "--threads",
                   std::to_string(threads), "--json"},
                  core);
  const std::string at = tracker.wait_for("listening").event.at("address");
  return {std::move(tracker), Endpoint::parse(at).value()};
}

/// Debian's answers only for info hashes that a file names.
Running start_opentracker(const Options& options, const test::TempDir& dir, std::uint32_t swarms) {
  const Endpoint address = free_port();
  std::string hashes;
  for (std::uint32_t swarm = 0; swarm < swarms; ++swarm)
    hashes += to_hex(info_hash_of(swarm)) + '\n';
  dir.write("hashes", hashes);
  const auto configuration =
      dir.write("opentracker.conf", "listen.udp " + address.to_string() +
                                        "\naccess.whitelist hashes\ntracker.rootdir " +
                                        dir.path().string() + "\ntracker.user nobody\n");
  std::filesystem::permissions(dir.path(), std::filesystem::perms(0755));
  Program tracker(options.opentracker, {"-f", configuration.string()}, 0);
  std::this_thread::sleep_for(std::chrono::seconds(1));  // it does not say when it listens
  return {std::move(tracker), address};
}

LoadPlan plan_of(const Options& options, double rate = 0) {
  return {.outstanding = options.outstanding,
          .rate = rate,
          .duration =
              std::chrono::duration_cast<Duration>(std::chrono::duration<double>(options.seconds))};
}

bool costs_less(const UnderLoad& a, const UnderLoad& b) {
  return a.per_cpu_second() > b.per_cpu_second();
}

UnderLoad measure(const Options& options, const Running& tracker, const Requests& requests,
                  double rate = 0) {
  return put_under_load(tracker.program.id(), tracker.address, requests, plan_of(options, rate));
}

std::string per_million(const UnderLoad& load) {
  return fixed(1e6 / load.per_cpu_second(), 2) + " s";
}

/// Both trackers run and take turns; core 0 theirs, core 1 the generator's.
void beside_opentracker(const Options& options) {
  if (::access(options.opentracker.c_str(), X_OK) != 0) {
    note("skipped: " + options.opentracker.string() +
         " is not there (apt install opentracker, then systemctl disable --now opentracker)");
    return;
  }
  const test::TempDir dir;
  const Running ours = start_ours(options, 1, 0);
  const Running theirs = start_opentracker(options, dir, options.peers / kPeersPerSwarm);
  keep_to_core(1);
  const Requests all = announces(options.peers);
  for (const Running* tracker : {&theirs, &ours})
    (void)put_under_load(tracker->program.id(), tracker->address, all, {.outstanding = 64});
  const Requests requests = shuffled(all);
  std::optional<UnderLoad> us, them, steady;
  const auto keep = [](std::optional<UnderLoad>& best, UnderLoad next) {
    if (!best || costs_less(next, *best)) best = std::move(next);
  };
  for (int run = 0; run < options.runs; ++run) {
    note("opentracker");
    keep(them, measure(options, theirs, requests));
    note("tracker --open");
    keep(us, measure(options, ours, requests));
    UnderLoad paced = measure(options, ours, requests, options.rate);
    if (!steady || paced.load.microseconds(0.99) < steady->load.microseconds(0.99))
      steady = std::move(paced);
  }
  const std::string what = "announces, " + std::to_string(options.peers) + " peers";
  print_row(what + ", opentracker: CPU for a million answers", per_million(*them));
  print_row(what + ": CPU for a million answers", per_million(*us),
            fixed(us->per_cpu_second() / them->per_cpu_second(), 2) +
                " times opentracker's answers per CPU second");
  print_row(what + ": answers per second, one core", thousands(us->per_second()),
            fixed(us->per_second() / them->per_second(), 2) + " times opentracker's");
  print_row(what + ": latency at " + thousands(steady->per_second()) + " a second",
            steady->quantiles());
}

/// A thousand peers and more, always ten to a swarm.
void growing(const Options& options) {
  keep_to_core(1);
  std::optional<double> first;
  for (std::uint32_t peers = 1'000; peers <= 1'000'000; peers *= 10) {
    const Running tracker = start_ours(options, 1, 0);
    Requests requests = announces(peers);
    (void)put_under_load(tracker.program.id(), tracker.address, requests, {.outstanding = 64});
    requests = shuffled(std::move(requests));
    const UnderLoad best = best_of(options.runs, tracker.program.id(), tracker.address, requests,
                                   plan_of(options), costs_less);
    if (!first) first = best.per_cpu_second();
    print_row("announces, " + std::to_string(peers) + " peers: CPU for a million answers",
              per_million(best), fixed(*first / best.per_cpu_second(), 2) + " of that of 1000");
  }
}

/// What a tracker and its generators do when they share cores.
struct Together {
  double per_second = 0;       ///< answers, in the best run
  double cpu_per_million = 0;  ///< the tracker's CPU time, in the cheapest run
};

Together together(const Options& options, int cores, int threads, const Requests& all) {
  constexpr std::size_t kGenerators = 16;  // sockets, which the system deals out to the threads
  keep_to_cores(0, cores);
  const Running tracker = start_ours(options, threads, {});
  (void)put_under_load(tracker.program.id(), tracker.address, all, {.outstanding = 64});
  Together best;
  for (int run = 0; run < options.runs; ++run) {
    std::array<LoadResult, kGenerators> results;
    const double before = cpu_seconds(tracker.program.id());
    {
      std::vector<std::jthread> generators;
      LoadPlan plan = plan_of(options);
      plan.outstanding = std::max<std::size_t>(options.outstanding / 8, 1);
      for (std::size_t i = 0; i < kGenerators; ++i) {
        generators.emplace_back([&, i] { results[i] = run_load(tracker.address, all, plan); });
      }
    }
    const double cpu = cpu_seconds(tracker.program.id()) - before;
    double rate = 0, answered = 0;
    for (const LoadResult& result : results) {
      answered += static_cast<double>(result.answered);
      rate += static_cast<double>(result.answered) / result.seconds;
    }
    const double cost = cpu / answered * 1e6;
    note(std::to_string(cores) + " core(s), " + std::to_string(threads) + " thread(s): " +
         thousands(rate) + " answers/s, " + fixed(cost, 2) + " s of CPU for a million");
    best.per_second = std::max(best.per_second, rate);
    if (run == 0 || cost < best.cpu_per_million) best.cpu_per_million = cost;
  }
  return best;
}

/// The generators need cores as well, so two busy threads cannot have two cores for themselves
/// here. What can be had: all together on one core and on two; and what an answer costs one thread
/// and each of two that run at once.
void cores(const Options& options) {
  const Requests requests = shuffled(announces(options.peers));
  const Together alone = together(options, 1, 1, requests);
  const Together one = together(options, 2, 1, requests);
  const Together two = together(options, 2, 2, requests);
  print_row("announces, tracker and generators on one core, --threads 1: answers per second",
            thousands(alone.per_second));
  print_row("announces, tracker and generators on two cores, --threads 2: answers per second",
            thousands(two.per_second),
            fixed(two.per_second / alone.per_second, 2) + " times one core");
  print_row("announces, two cores, --threads 1: CPU for a million answers",
            fixed(one.cpu_per_million, 2) + " s");
  print_row("announces, two cores, --threads 2: CPU for a million answers",
            fixed(two.cpu_per_million, 2) + " s",
            fixed(2 * one.cpu_per_million / two.cpu_per_million, 2) +
                " times the answers of one thread, when each has a core");
}

std::uint64_t resident_now() {
  std::ifstream statm("/proc/self/statm");
  std::uint64_t all = 0, resident = 0;
  statm >> all >> resident;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

/// What the tracker's tables take for peers that have each an address of their own; in this
/// process, which has not used any memory for something else before.
void memory(std::uint32_t peers, std::uint32_t swarms) {
  registry::ResponderOptions open;
  open.open = true;
  registry::Responder responder(open, registry::SipKey{});
  const Time now = Time{} + std::chrono::hours(1);
  Bytes request, reply;
  const std::uint64_t before = resident_now();
  for (std::uint32_t peer = 0; peer < peers; ++peer) {
    IpAddress::V4 bytes;
    store_be(0x0a000000u + peer, bytes.data());
    const Endpoint from{IpAddress(bytes), 6881};
    request.clear();
    datagram::encode(datagram::RequestDatagram{{}, {}, datagram::ConnectRequest{}}, request);
    (void)responder.answer(request, from, now, reply);
    const auto id = datagram::ConnectionId{load_be<std::uint64_t>(reply.data() + 8)};
    request.clear();
    datagram::encode(datagram::RequestDatagram{id, {}, announce_of(peer, swarms)}, request);
    (void)responder.answer(request, from, now, reply);
  }
  const std::uint64_t taken = resident_now() - before;
  if (responder.registry().peers() != peers) throw std::runtime_error("peers were refused");
  print_row("tables of " + std::to_string(peers) + " peers in " + std::to_string(swarms) +
                " swarms: memory for each peer",
            fixed(static_cast<double>(taken) / peers, 0) + " bytes");
}

/// What it prints is the result.
template <class Work>
void in_a_child(Work work) {
  const pid_t child = ::fork();
  if (child == 0) {
    work();
    ::_exit(0);
  }
  int status = 0;
  if (child < 0 || ::waitpid(child, &status, 0) != child || status != 0)
    throw std::runtime_error("the measurement in a process of its own has failed");
}

void run_case(const Options& options) {
  if (options.what == "opentracker") return beside_opentracker(options);
  if (options.what == "swarms") return growing(options);
  if (options.what == "cores") return cores(options);
  for (const std::uint32_t swarms : {10'000u, 100'000u})
    in_a_child([swarms] { memory(1'000'000, swarms); });
}

}  // namespace
}  // namespace shoal::bench

int main(int argc, char** argv) {
  using namespace shoal::bench;
  Options options;
  CLI::App app("BEP 15 announces, ten peers to a swarm. Rows for the table go to standard output.",
               "bench_announce");
  app.add_option("--case", options.what,
                 "opentracker: in turns with it; swarms: from 1000 to 1000000 peers; cores: "
                 "two cores against one; memory: for each of 1000000 peers")
      ->check(CLI::IsMember({"opentracker", "swarms", "cores", "memory"}))
      ->capture_default_str();
  app.add_option("--programs", options.programs, "directory of the tracker")->capture_default_str();
  app.add_option("--opentracker", options.opentracker, "the program")->capture_default_str();
  app.add_option("--peers", options.peers, "peers of `opentracker` and `cores`")
      ->check(CLI::Range(1'000, 600'000))
      ->capture_default_str();
  app.add_option("--outstanding", options.outstanding, "requests under way at once")
      ->check(CLI::Range(4, 60'000))
      ->capture_default_str();
  app.add_option("--rate", options.rate, "requests a second, for latency under a steady load")
      ->capture_default_str();
  app.add_option("--seconds", options.seconds, "length of a run")->capture_default_str();
  app.add_option("--runs", options.runs, "runs of each; the best counts")->capture_default_str();
  return run(app, argc, argv, [&options] { run_case(options); });
}
