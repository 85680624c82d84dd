#include "bench/swarm.hpp"

#include <algorithm>
#include <chrono>

#include "bench/machine.hpp"

namespace shoal::bench {
namespace {

namespace fs = std::filesystem;
using Arguments = std::vector<std::string>;

double between(RealTime from, RealTime to) {
  return std::chrono::duration<double>(to - from).count();
}

Arguments common(const std::string& tracker) {
  return {"--tracker", tracker, "--listen", "127.0.0.1:0", "--json"};
}

Program start_seeder(const fs::path& programs, const std::string& tracker,
                     const std::vector<fs::path>& files) {
  Arguments arguments = common(tracker);
  arguments.insert(arguments.end(), files.begin(), files.end());
  return {programs / "seeder", arguments};
}

/// From the start of a program until it has said `event` so many times.
double until(Program& program, std::string_view event, std::size_t times) {
  RealTime last = program.started();
  for (std::size_t i = 0; i < times; ++i) last = program.wait_for(event).when;
  return between(program.started(), last);
}

}  // namespace

Swarm::Swarm(const fs::path& programs, const std::vector<fs::path>& files)
    : programs_(programs),
      tracker_(programs / "tracker", {"--listen", "127.0.0.1:0", "--json"}),
      tracker_address_(tracker_.wait_for("listening").event.at("address")),
      seeder_(start_seeder(programs, tracker_address_, files)),
      registering_(until(seeder_, "registered", files.size())) {
  for (const fs::path& file : files) names_.push_back(file.filename());
}

Program Swarm::start_leecher(const fs::path& output) const {
  Arguments arguments = common(tracker_address_);
  arguments.insert(arguments.end(), {"--output", output});
  arguments.insert(arguments.end(), names_.begin(), names_.end());
  return {programs_ / "leecher", arguments};
}

Fetch Swarm::fetch(int leechers, const fs::path& directory) {
  Fetch result;
  std::vector<fs::path> outputs;
  for (int i = 0; i < leechers; ++i) {
    outputs.push_back(directory / ("leecher-" + std::to_string(i)));
    fs::create_directories(outputs.back());
  }
  {
    const double seeder_before = cpu_seconds(seeder_.id());
    std::vector<Program> running;
    running.reserve(outputs.size());
    for (const fs::path& output : outputs) running.push_back(start_leecher(output));

    const RealTime found = running.front().wait_for("found").when;
    RealTime complete = found;
    for (Program& leecher : running) {
      for (std::size_t i = 0; i < names_.size(); ++i) {
        complete = std::max(complete, leecher.wait_for("complete").when);
      }
    }
    result.seconds = between(running.front().started(), complete);
    result.after_found = between(found, complete);
    result.seeder_cpu = cpu_seconds(seeder_.id()) - seeder_before;
    for (const Program& leecher : running) {
      result.leecher_cpu += cpu_seconds(leecher.id());
      result.leecher_memory = std::max(result.leecher_memory, peak_memory(leecher.id()));
    }
  }
  for (const fs::path& output : outputs) fs::remove_all(output);
  return result;
}

std::uint64_t Swarm::seeder_memory() const {
  return peak_memory(seeder_.id());
}

}  // namespace shoal::bench
