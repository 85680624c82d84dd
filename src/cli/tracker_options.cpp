#include "base/units.hpp"
#include "cli/cache_directory.hpp"
#include "cli/command_line.hpp"
#include "cli/values.hpp"

namespace shoal::cli {
namespace {

constexpr std::string_view kTrackerManual = R"(tracker - knows who has which file

Usage: tracker [options]
       tracker --new-key FILE

Seeders tell the tracker which files they have, leechers ask it for a name.
It keeps everything in memory: started again, it is whole again after one
heartbeat. Ctrl-C stops it.

Options:
  --listen ADDR:PORT     where to receive datagrams (UDP); may be repeated
                         [0.0.0.0:6000, and [::]:6000 where there is IPv6]
  --heartbeat DURATION   how often peers are told to call [30s]
  --timeout DURATION     silence after which a peer is forgotten [45s]
  --max-files N          names that it remembers at most [1000000]
  --max-peers N          peers of all files together [4000000]
  --max-per-address N    of these, from one address; 0 = no bound [100000]
  --threads N            that answer; one is enough for some 300000 requests a
                         second [1]
  --open                 also track info hashes that nobody has registered, as a
                         tracker for all BitTorrent clients does
  --key FILE             serve a closed swarm: encrypted, and only for those
                         with the same key; may be repeated: all of them are
                         accepted [$SHOAL_KEY_FILE, if it is set]
  --new-key FILE         make a random key, for --key of all three programs;
                         does nothing else
  --web ADDR:PORT        show what happens on a page for a browser, with JSON and
                         metrics (read only); alone: on this machine, on a free
                         port. See docs/pages.md
  --web-token FILE       ask who reads it for the first line of FILE, as password
                         of any user; needed with --key, and beyond this machine
  --web-open             let everybody read it who reaches that address
  --json                 one JSON object per line on standard output
  --log-level LEVEL      trace, debug, info, warn, error or off; logs go to
                         standard error [warn]
  --config FILE          take options from FILE, a line each: max-files = 5000;
                         without it, from ~/.config/shoal/tracker.conf and
                         /etc/shoal/tracker.conf. The command line comes first
  --print-config         print what holds and where each value is from, in the
                         form of such a file; does nothing else
  --version              print version, commit and how it hashes
  -h, --help             print this text

Durations are written 500ms, 30s, 5m, 2h.

Examples:
  tracker
      For this machine and the local network, on port 6000.
  tracker --listen 127.0.0.1:7000
      For this machine only, on another port.
  tracker --heartbeat 5s --timeout 8s
      Forgets seeders that vanish sooner, for more datagrams.
  tracker --new-key our.key
      Makes a key. Copy it to the other machines by a safe way.
  tracker --key our.key
      Answers only those who have that key, too.
  tracker --open
      For stock BitTorrent clients with torrents of any kind as well.

Exit codes:
  0    done (Ctrl-C is the normal end)
  1    failed while running, such as a port that is in use
  2    bad usage
  130  stopped at once by a second Ctrl-C (143: by a second SIGTERM)
)";

}  // namespace

Parsed<TrackerCommand> parse_tracker(std::span<const std::string> arguments,
                                     const ConfigFiles& standard) {
  TrackerCommand command;
  TrackerOptions& options = command.options;
  CommandLine line("tracker", kTrackerManual);
  line.values("--listen", options.listen, &parse_listen);
  line.value("--heartbeat", options.heartbeat, &parse_duration);
  line.value("--timeout", options.timeout, &parse_duration);
  line.value("--max-files", options.max_files, &parse_count);
  line.value("--max-peers", options.max_peers, &parse_count);
  line.value("--max-per-address", options.max_per_address, &parse_count);
  std::size_t threads = options.threads;
  line.value("--threads", threads, &parse_count);
  line.flag("--open", options.open);
  line.config();
  line.keys(command.key_files);
  line.value("--new-key", command.new_key, &parse_path);
  line.web(command.web);
  line.output(command.output);
  line.excludes("--new-key", {"--key", "--listen", "--open", "--json", "--web"});

  if (auto early = line.parse(arguments, standard)) return std::unexpected(std::move(*early));
  options.cache_directory = default_cache_directory();
  command.default_listen = !line.given("--listen");
  const auto wrong = [&](std::string_view why) { return std::unexpected(line.wrong(why)); };
  if (options.heartbeat.count() <= 0) return wrong("--heartbeat: must be longer than nothing");
  if (options.timeout <= options.heartbeat) {
    return wrong("--timeout: must be longer than --heartbeat (" +
                 format_duration(options.heartbeat) +
                 "), or every peer would be forgotten between two calls");
  }
  constexpr auto kLongest =
      std::chrono::hours(1000);  // clients are told in 32 bits of milliseconds
  if (options.timeout > kLongest) return wrong("--timeout: must be at most 1000h");
  constexpr std::size_t kMostThreads = 256;
  if (threads == 0 || threads > kMostThreads) return wrong("--threads: must be 1 to 256");
  options.threads = static_cast<unsigned>(threads);
  if (options.max_files == 0) return wrong("--max-files: must be at least 1");
  if (options.max_peers == 0) return wrong("--max-peers: must be at least 1");
  return command;
}

}  // namespace shoal::cli
