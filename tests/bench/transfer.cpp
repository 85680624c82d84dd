// bench_transfer: files through the real programs on loopback, in turns with bench_limit.
#include <algorithm>
#include <filesystem>
#include <optional>
#include <vector>

#include "base/units.hpp"
#include "bench/machine.hpp"
#include "bench/options.hpp"
#include "bench/output.hpp"
#include "bench/program.hpp"
#include "bench/swarm.hpp"
#include "support/files.hpp"
#include "support/temp_dir.hpp"

namespace shoal::bench {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kLatencyFile = 1u << 20;
constexpr std::uint64_t kSmallFile = 64u << 10;

struct Options {
  fs::path programs = SHOAL_BIN_DIR;
  std::vector<std::string> cases = {"one", "many", "latency", "small", "growth"};
  std::uint64_t size = 2ull << 30;
  std::uint64_t many_size = 1ull << 30;
  std::uint64_t growth_size = 16ull << 30;
  int leechers = 4;
  int small_files = 1000;
  int runs = 5;
  int latency_runs = 20;
  unsigned workers = 2;
};

double gibibytes(std::uint64_t bytes) {
  return static_cast<double>(bytes) / (1 << 30);
}

/// What bench_limit reached at best.
struct Limit {
  std::string hashing;
  double rate = 0;  ///< bytes a second
  double send_cpu = 0;
  double receive_cpu = 0;
};

/// bench_limit with one kind of hashing, run in turns with something else.
class LimitTurns {
 public:
  LimitTurns(std::string hashing, fs::path source, fs::path directory, unsigned workers)
      : arguments_{"--json",
                   "--hashing",
                   std::move(hashing),
                   "--workers",
                   std::to_string(workers),
                   "--source",
                   source,
                   "--target",
                   directory / "limit"},
        source_(std::move(source)),
        target_(directory / "limit") {}

  void run() {
    prepare_run(fs::file_size(source_), {&source_, 1});
    const nlohmann::json seen = Program(SHOAL_LIMIT_PROGRAM, arguments_).wait_for("limit").event;
    fs::remove(target_);
    const double rate = seen.at("bytes").get<double>() / seen.at("seconds").get<double>();
    note("limit, " + seen.at("hashing").get<std::string>() + ": " + gigabytes_per_second(rate));
    if (rate <= best_.rate) return;
    best_ = {seen.at("hashing"), rate, seen.at("send_cpu"), seen.at("receive_cpu")};
  }

  [[nodiscard]] const Limit& best() const { return best_; }
  /// "0.91 of the limit with openssl (1.30 GB/s)"
  [[nodiscard]] std::string compare(double rate) const {
    return fixed(rate / best_.rate, 2) + " of the limit with " + best_.hashing + " (" +
           gigabytes_per_second(best_.rate) + ")";
  }

 private:
  std::vector<std::string> arguments_;
  fs::path source_;
  fs::path target_;
  Limit best_;
};

/// The best run, and the most memory that any run took.
struct Best {
  std::optional<Fetch> fetch;
  std::uint64_t leecher_memory = 0;

  void take(const Fetch& run) {
    leecher_memory = std::max(leecher_memory, run.leecher_memory);
    if (!fetch || run.seconds < fetch->seconds) fetch = run;
  }
};

void note_run(const std::string& what, std::uint64_t moved, const Fetch& run) {
  const double gib = gibibytes(moved);
  note(what + ": " + gigabytes_per_second(static_cast<double>(moved) / run.seconds) +
       ", CPU seeding " + seconds_per_gib(run.seeder_cpu / gib) + ", leeching " +
       seconds_per_gib(run.leecher_cpu / gib) + ", memory leeching " +
       mebibytes(run.leecher_memory));
}

/// One seeder, one file, and `leechers` at once, in turns with bench_limit on the same file.
void measure_bulk(const Options& options, std::uint64_t size, int leechers) {
  const test::TempDir directory;
  const fs::path source = test::make_file(directory / "source", size);
  const std::uint64_t moved = size * static_cast<std::uint64_t>(leechers);
  const std::string what = "one seeder to " + std::to_string(leechers) + " leecher" +
                           (leechers == 1 ? "" : "s at once") + ", " + format_size(size);
  prepare_run(0, {&source, 1});
  Swarm swarm(options.programs, {source});
  LimitTurns same("automatic", source, directory.path(), options.workers);
  LimitTurns openssl("openssl", source, directory.path(), options.workers);
  Best best;
  for (int run = 0; run < options.runs; ++run) {
    prepare_run(moved, {&source, 1});
    const Fetch fetch = swarm.fetch(leechers, directory.path());
    note_run(what, moved, fetch);
    best.take(fetch);
    same.run();
    if (same.best().hashing != "openssl") openssl.run();
  }

  const double gib = gibibytes(moved);
  const double rate = static_cast<double>(moved) / best.fetch->seconds;
  std::string ratio = same.compare(rate);
  if (openssl.best().rate > 0) ratio += "; " + openssl.compare(rate);
  print_row(what, gigabytes_per_second(rate), ratio);
  const double limit_gib = gibibytes(size);
  const auto cpu_row = [&](const std::string& side, double cpu, double limit) {
    const double share = (cpu / gib) / (limit / limit_gib);
    print_row(what + ": CPU, " + side, seconds_per_gib(cpu / gib),
              fixed(share, 2) + " of the limit (" + seconds_per_gib(limit / limit_gib) + ")");
  };
  cpu_row("seeding", best.fetch->seeder_cpu, same.best().send_cpu);
  cpu_row("leeching", best.fetch->leecher_cpu, same.best().receive_cpu);
  print_row(what + ": peak memory, seeder", mebibytes(swarm.seeder_memory()));
  print_row(what + ": peak memory, leecher", mebibytes(best.leecher_memory));
  print_row("hashing and registering " + format_size(size),
            gigabytes_per_second(static_cast<double>(size) / swarm.registering()));
}

/// "best (median)" of times.
std::string best_and_median(std::vector<double> seconds) {
  std::ranges::sort(seconds);
  return milliseconds(seconds.front()) + " (median " + milliseconds(seconds[seconds.size() / 2]) +
         ")";
}

void measure_latency(const Options& options) {
  const test::TempDir directory;
  const fs::path source = test::make_file(directory / "source", kLatencyFile);
  Swarm swarm(options.programs, {source});
  std::vector<double> from_start, from_found;
  for (int run = 0; run < options.latency_runs; ++run) {
    prepare_run(kLatencyFile, {&source, 1});
    const Fetch fetch = swarm.fetch(1, directory.path());
    from_start.push_back(fetch.seconds);
    from_found.push_back(fetch.after_found);
    note("1 MiB: " + milliseconds(fetch.after_found) + " from found, " +
         milliseconds(fetch.seconds) + " from the start");
  }
  print_row("1 MiB, from `found` to `complete`", best_and_median(from_found));
  print_row("1 MiB, from the start of the leecher to `complete`", best_and_median(from_start));
}

void measure_small_files(const Options& options) {
  const test::TempDir directory;
  std::vector<fs::path> sources;
  for (int i = 0; i < options.small_files; ++i) {
    sources.push_back(test::make_file(directory / ("small-" + std::to_string(i)), kSmallFile,
                                      static_cast<std::uint64_t>(i)));
  }
  const std::uint64_t moved = kSmallFile * sources.size();
  const std::string what = std::to_string(sources.size()) + " files of 64 KiB to one leecher";
  Swarm swarm(options.programs, sources);
  Best best;
  for (int run = 0; run < options.runs; ++run) {
    prepare_run(moved, sources);
    const Fetch fetch = swarm.fetch(1, directory.path());
    note_run(what + ", " + fixed(fetch.seconds, 2) + " s", moved, fetch);
    best.take(fetch);
  }
  print_row(what, fixed(best.fetch->seconds, 2) + " s");
  print_row(what + ": CPU, seeding", fixed(best.fetch->seeder_cpu, 2) + " s");
  print_row(what + ": CPU, leeching", fixed(best.fetch->leecher_cpu, 2) + " s");
  print_row(what + ": peak memory, leecher", mebibytes(best.leecher_memory));
  print_row("registering " + std::to_string(sources.size()) + " files of 64 KiB",
            fixed(swarm.registering(), 2) + " s");
}

/// Does a gigabyte cost the same in a large file? From 1 GiB up to the largest, each four times the
/// one before. Holes, which cost no disk on either side, with some bytes in every MiB, so that each
/// piece has to be fetched.
void measure_growth(const Options& options) {
  double first = 0;
  for (std::uint64_t size = 1ull << 30; size <= options.growth_size; size *= 4) {
    const test::TempDir directory;
    const fs::path source = test::make_sparse_file(directory / "source", size, 1 << 20);
    Swarm swarm(options.programs, {source});
    prepare_run(size, {&source, 1});
    const Fetch fetch = swarm.fetch(1, directory.path());
    const std::string what = "one to one, " + format_size(size) + " of holes with marks";
    note_run(what, size, fetch);
    const double each = fetch.seconds / gibibytes(size);
    if (first == 0) first = each;
    print_row(what,
              seconds_per_gib(each) + ", CPU " + fixed(fetch.seeder_cpu / gibibytes(size), 2) +
                  " + " + seconds_per_gib(fetch.leecher_cpu / gibibytes(size)) + ", memory " +
                  mebibytes(swarm.seeder_memory()) + " and " + mebibytes(fetch.leecher_memory),
              fixed(each / first, 2) + " of 1 GiB");
  }
}

void measure(const Options& options) {
  for (const std::string& one : options.cases) {
    if (one == "one") measure_bulk(options, options.size, 1);
    if (one == "many") measure_bulk(options, options.many_size, options.leechers);
    if (one == "latency") measure_latency(options);
    if (one == "small") measure_small_files(options);
    if (one == "growth") measure_growth(options);
  }
}

}  // namespace
}  // namespace shoal::bench

int main(int argc, char** argv) {
  using namespace shoal::bench;
  Options options;
  CLI::App app(
      "Files through tracker, seeder and leecher on loopback. Rows for the table go to "
      "standard output. TMPDIR says where the files are put.",
      "bench_transfer");
  const auto count = [&app](const std::string& name, auto& into, const std::string& description) {
    app.add_option(name, into, description)->check(CLI::Range(1, 100'000))->capture_default_str();
  };
  app.add_option("--case", options.cases, "what to measure; may be repeated")
      ->check(CLI::IsMember({"one", "many", "latency", "small", "growth"}))
      ->capture_default_str();
  app.add_option("--programs", options.programs, "directory of the three programs")
      ->capture_default_str();
  add_size(app, "--size", options.size, "one: size of the file");
  add_size(app, "--many-size", options.many_size, "many: size of the file");
  add_size(app, "--growth-size", options.growth_size, "growth: size of the largest file");
  count("--leechers", options.leechers, "many: leechers at once");
  count("--small-files", options.small_files, "small: number of files");
  count("--runs", options.runs, "runs of each, in turns with the limit; the best counts");
  count("--latency-runs", options.latency_runs, "latency: runs");
  count("--workers", options.workers, "threads of the limit that hash and write");
  return run(app, argc, argv, [&options] { measure(options); });
}
