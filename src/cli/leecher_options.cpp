#include "base/units.hpp"
#include "cli/cache_directory.hpp"
#include "cli/command_line.hpp"
#include "cli/values.hpp"
#include "metainfo/magnet.hpp"
#include "metainfo/name.hpp"

namespace shoal::cli {
namespace {

constexpr std::string_view kLeecherManual =
    R"(leecher - fetches files and folders by their names, then shares them

Usage: leecher [NAME...] [options]
       leecher 'NAME/PATTERN'... [options]
       leecher 'magnet:?xt=urn:btmh:1220...' [options]
       leecher FILE.torrent [options]
       leecher --list [PREFIX] [--tracker HOST:PORT]... [--json]

Asks the tracker who has NAME, fetches it from all of them at once and proves
every piece. While it arrives the file is called NAME.01234567.part, the digits
being those of its root; an interrupted download goes on from there with the
same command, and so does a NAME.part that begins as the file does. When all names have ended
it turns into a seeder, until Ctrl-C. Without NAME it asks for one. A file
that is there already is proven and shared, never overwritten.

What NAME stands for may be a folder: NAME/PATH fetches a file or folder in it,
and NAME/PATTERN all that matches: * and ? stand for letters of one name, **
also for folders, [a-z] for one of these letters. Folders are merged into one
that is here; what is there already is proven, and never overwritten.

In place of a NAME it takes a magnet link (in quotes) or the path of a .torrent
file, from a seeder or from any BitTorrent v2 client. Their udp:// trackers are
asked besides those of --tracker; the name comes from the torrent. FILE.torrent/PATH
is a part of the folder in it. The folder of a link or .torrent file gets into one
that is here only if some of it is in it already, or with --as NAME.

Options:
  --tracker HOST:PORT   ask there; may be repeated [127.0.0.1:6000]
  --output DIR          put files there; it must exist [.]
  --as NAME             save it under this name, where its own is not wanted or the
                        file system there does not take it; for a single NAME
  --root HEX            accept this content only (64 digits, as the seeder
                        prints them); for a single NAME
  --info-hash HEX       accept this content only, be it a file or a folder (64
                        digits); for a single NAME
  --wait DURATION       how long to go on asking when nobody offers NAME [0s]
  --seed-for DURATION   share only that long afterwards [until Ctrl-C]
  --no-seed             end as soon as everything is here
  --listen ADDR:PORT    where other peers connect (TCP) [any free port]
  --sync                say Complete only when all is on the disk, to stay there
                        in a power cut
  --preallocate         take all the room from the disk before fetching, so that
                        a full disk or a quota is told at once
  --no-cache            hash a file that is here already again, also when it has
                        not changed since last time
  --upload-limit RATE   how fast files go out, to all peers together, in bytes
                        a second: 500K, 10M (= 10 MiB/s); 0 = no limit [0]
  --download-limit RATE how fast files come in, from all peers together [0]
  --max-peers N         connections at most; one address gets 9/10 of it [500]
  --upload-slots N      how many peers are served at a time, of all files together;
                        the others wait their turn; 0 = everybody [0]
  --config FILE         take options from FILE, a line each: upload-limit = 10M;
                        without it, from ~/.config/shoal/leecher.conf and
                        /etc/shoal/leecher.conf. The command line comes first.
                        SIGHUP has the two limits and the slots in FILE read
                        again; without --config it ends the program, unless that
                        is a service
  --list                print what the tracker knows, as a table; only the
                        names that begin with PREFIX, if it is given; of
                        NAME/, what is in that folder
  --names               with --list: the names alone, a line each, for scripts
  --key FILE            belong to a closed swarm: encrypted, and only for those
                        with the same key; may be repeated: the first one is
                        used, all are accepted [$SHOAL_KEY_FILE, if it is set]
  --web ADDR:PORT       show what happens on a page for a browser, with JSON and
                        metrics (read only); alone: on this machine, on a free
                        port. See docs/pages.md
  --web-token FILE      ask who reads it for the first line of FILE, as password
                        of any user; needed with --key, and beyond this machine
  --web-open            let everybody read it who reaches that address
  --verbose             the progress says what holds a download back, too: too few
                        sources, the lines to its peers, its own line or limit, the
                        disk, or hashing
  --json                one JSON object per line on standard output
  --log-level LEVEL     trace, debug, info, warn, error or off; logs go to
                        standard error [warn]
  --print-config        print what holds and where each value is from, in the
                        form of such a file; does nothing else
  --version             print version, commit and how it hashes
  -h, --help            print this text

Durations are written 500ms, 30s, 5m, 2h.

Examples:
  leecher big.iso
      Fetches big.iso into this folder, then shares it.
  leecher big.iso --tracker 192.0.2.1:6000 --output ~/Downloads --no-seed
      From another machine's tracker, and ends when it is here.
  leecher big.iso --wait 10m --seed-for 2h
      Waits for a seeder, shares for two hours afterwards.
  leecher 'photos/2024/*.jpg'
      A part of a folder. The quotes keep the * from the shell.
  leecher 'magnet:?xt=urn:btmh:1220...&dn=big.iso&tr=...'
      What a seeder printed. The quotes keep the & from the shell.
  leecher ~/Downloads/big.iso.torrent
      Joins the swarm of a torrent; finds its peers by the torrent's trackers.
  leecher --list
      What is there to fetch?

Exit codes:
  0    done
  1    failed while running
  2    bad usage
  3    nobody offers that name (after --wait)
  4    no tracker answered
  5    content in conflict or not provable
  130  interrupted; the same command goes on from there
       (a second Ctrl-C ends at once; with SIGTERM the code is 143)
With several names it is the code of the first one that failed.
)";

}  // namespace

Parsed<LeecherCommand> parse_leecher(std::span<const std::string> arguments,
                                     const ConfigFiles& standard) {
  LeecherCommand command;
  bool no_seed = false;
  const Parse<std::string> as_it_is = [](std::string_view text) -> Result<std::string> {
    return std::string(text);
  };
  CommandLine line("leecher", kLeecherManual);
  line.rest(command.names);
  line.peer(command.peer);
  line.config();
  line.value("--output", command.fetch.directory, as_it_is);
  line.value("--as", command.fetch.as, as_it_is);
  line.value("--root", command.fetch.root, &parse_root);
  line.value("--info-hash", command.fetch.info_hash, &parse_info_hash);
  line.value("--wait", command.fetch.wait, &parse_duration);
  line.value("--seed-for", command.seed_for, &parse_duration);
  line.flag("--no-seed", no_seed);
  line.flag("--sync", command.fetch.sync);
  line.flag("--preallocate", command.fetch.preallocate);
  bool no_cache = false;
  line.flag("--no-cache", no_cache);
  line.flag("--list", command.list);
  line.flag("--names", command.names_only);
  line.keys(command.key_files);
  line.web(command.web);
  line.output(command.output);
  line.flag("--verbose", command.output.verbose);
  line.excludes("--no-seed", {"--seed-for"});
  line.excludes("--names", {"--json"});
  line.excludes("--verbose", {"--json"});
  line.excludes("--list", {"--no-seed", "--seed-for", "--wait", "--root", "--info-hash", "--as",
                           "--output", "--sync", "--preallocate", "--no-cache", "--web",
                           "--web-token", "--web-open", "--verbose"});

  if (auto early = line.parse(arguments, standard)) return std::unexpected(std::move(*early));
  if (command.names_only && !command.list)
    return std::unexpected(line.wrong("--names: belongs to --list"));
  command.configured = line.on_command_line("--config");
  const auto wrong = [&](std::string_view why) { return std::unexpected(line.wrong(why)); };
  for (const std::string& name : command.names) {
    if (name.empty()) return wrong("NAME: an empty name names no file");
    if (!name.starts_with("magnet:")) continue;
    if (const auto magnet = parse_magnet(name); !magnet) return wrong(magnet.error().message);
  }
  if (command.fetch.info_hash && command.names.size() > 1) {
    return wrong("--info-hash: is the identity of one file or folder, but " +
                 std::to_string(command.names.size()) + " names were given; fetch them one by one");
  }
  if (command.fetch.root && command.names.size() > 1) {
    return wrong("--root: is the identity of one file, but " +
                 std::to_string(command.names.size()) + " names were given; fetch them one by one");
  }
  if (line.given("--as")) {
    if (const auto allowed = check_name(command.fetch.as); !allowed) {
      return wrong("--as: " + allowed.error().message);
    }
    if (command.names.size() > 1) {
      return wrong("--as: is the name of one file, but " + std::to_string(command.names.size()) +
                   " are to be fetched; fetch them one by one");
    }
  }
  if (command.list && command.names.size() > 1) {
    return wrong("--list: takes one PREFIX at most, but " + std::to_string(command.names.size()) +
                 " were given");
  }
  if (command.fetch.directory.empty()) return wrong("--output: an empty name names no folder");
  command.seed = !no_seed;
  // Who only asks leaves nothing behind, neither hashes nor the secret of who registers.
  const bool keeps = !no_cache && !command.list;
  if (keeps) command.peer.cache_directory = default_cache_directory();
  return command;
}

}  // namespace shoal::cli
