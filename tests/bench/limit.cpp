// bench_limit: what a perfect seeder and leecher could do on this machine (probe.hpp).
#include <filesystem>
#include <iostream>

#include <nlohmann/json.hpp>

#include "bench/machine.hpp"
#include "bench/options.hpp"
#include "bench/output.hpp"
#include "bench/probe.hpp"
#include "support/files.hpp"
#include "support/temp_dir.hpp"

namespace shoal::bench {
namespace {

struct Options {
  std::uint64_t size = 2ull << 30;
  int runs = 5;
  bool json = false;
  std::string hashing = "automatic";
  ProbeOptions probe;
};

LeafHashing hashing_called(const std::string& name) {
  if (name == "openssl") return LeafHashing::openssl;
  if (name == "lanes") return LeafHashing::lanes;
  return name == "automatic" ? LeafHashing::automatic : LeafHashing::multi_buffer;
}

double rate(const ProbeResult& result) {
  return static_cast<double>(result.bytes) / result.seconds;
}

double gibibytes(const ProbeResult& result) {
  return static_cast<double>(result.bytes) / (1 << 30);
}

std::string describe(const ProbeResult& result) {
  return gigabytes_per_second(rate(result)) + ", CPU sending " +
         seconds_per_gib(result.send_cpu / gibibytes(result)) + ", receiving " +
         seconds_per_gib(result.receive_cpu / gibibytes(result));
}

/// One probe of a file that bench_transfer has prepared, as one line of JSON.
void probe_for_a_program(const ProbeOptions& options) {
  const ProbeResult result = run_probe(options);
  std::cout << nlohmann::json{{"event", "limit"},
                              {"bytes", result.bytes},
                              {"seconds", result.seconds},
                              {"send_cpu", result.send_cpu},
                              {"receive_cpu", result.receive_cpu},
                              {"hashing", result.hashing}}
            << std::endl;
}

void probe_for_people(const Options& options) {
  const test::TempDir directory;
  ProbeOptions probe = options.probe;
  if (probe.source.empty()) probe.source = test::make_file(directory / "source", options.size);
  probe.target = directory / "target";
  const std::uint64_t size = std::filesystem::file_size(probe.source);

  ProbeResult best;
  for (int run = 0; run < options.runs; ++run) {
    std::filesystem::remove(probe.target);
    prepare_run(size, {&probe.source, 1});
    const ProbeResult result = run_probe(probe);
    note("limit, " + result.hashing + ": " + describe(result));
    if (run == 0 || result.seconds < best.seconds) best = result;
  }
  print_row("limit, " + best.hashing + ", " + std::to_string(probe.workers) + " workers",
            describe(best));
}

}  // namespace
}  // namespace shoal::bench

int main(int argc, char** argv) {
  using namespace shoal;
  bench::Options options;
  CLI::App app("The speed of light: framed TCP over loopback, leaves hashed, content written",
               "bench_limit");
  bench::add_size(app, "--size", options.size, "size of the file that is made");
  app.add_option("--source", options.probe.source, "send this file instead");
  app.add_option("--target", options.probe.target, "where to, with --json");
  app.add_option("--workers", options.probe.workers, "threads that hash and write")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  app.add_option("--hashing", options.hashing, "how leaves are hashed")
      ->check(CLI::IsMember({"automatic", "openssl", "multi-buffer", "lanes"}))
      ->capture_default_str();
  app.add_option("--runs", options.runs, "the best one counts")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  auto* json = app.add_flag("--json", options.json, "one run, no preparation, one line of JSON");
  json->needs("--source")->needs("--target");
  return bench::run(app, argc, argv, [&options] {
    options.probe.hashing = bench::hashing_called(options.hashing);
    options.json ? bench::probe_for_a_program(options.probe) : bench::probe_for_people(options);
  });
}
