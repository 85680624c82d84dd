#include "cli/cache_directory.hpp"
#include "cli/command_line.hpp"
#include "cli/values.hpp"

namespace shoal::cli {
namespace {

constexpr std::string_view kSeederManual = R"(seeder - offers files and folders by their names

Usage: seeder [FILE...] [options]

Hashes each file, registers it with the trackers and serves any number of
leechers until Ctrl-C. For each file it prints name, size, root and magnet
link. FILE may be a folder, which is offered under its name with all that is
in it. Without FILE it asks for names. While it runs it takes more names: a
line of them, separated by commas; a name with a comma in it goes into "double
quotes" or alone on its line. They are read from standard input if that is a
terminal, if no FILE was given, or with - in place of a FILE.

Options:
  --tracker HOST:PORT   register there; may be repeated [127.0.0.1:6000]
  --listen ADDR:PORT    where leechers connect (TCP) [any free port]
  --address HOST:PORT   where others reach this seeder; goes into the magnet
                        links, so that they work without a tracker; trackers
                        send others there too, if it is numeric and they may
                        (README); may be repeated
  --upload-limit RATE   how fast files go out, to all peers together, in bytes
                        a second: 500K, 10M (= 10 MiB/s); 0 = no limit [0]
  --download-limit RATE how fast files come in, from all peers together [0]
  --max-peers N         connections at most; one address gets 9/10 of it [500]
  --upload-slots N      how many peers are served at a time, of all files together;
                        the others wait their turn; 0 = everybody [0]
  --config FILE         take options from FILE, a line each: upload-limit = 10M;
                        without it, from ~/.config/shoal/seeder.conf and
                        /etc/shoal/seeder.conf. The command line comes first.
                        SIGHUP has the two limits and the slots in FILE read
                        again; without --config it ends the program, unless that
                        is a service
  --torrent-dir DIR     write NAME.torrent there, for other BitTorrent clients;
                        replaces only what Shoal has written
  --register-only       let others serve the files, such as another BitTorrent
                        client, and only keep their names known. FILE may be
                        the .torrent file in place of the file itself
  --strict              refuse a folder with a link that cannot be offered, such as
                        one that leads out of it; else such links are left out
  --no-cache            hash every file again, also those that have not changed
                        since last time; remembered in ~/.cache/shoal
  --key FILE            belong to a closed swarm: encrypted, and only for those
                        with the same key; may be repeated: the first one is
                        used, all are accepted [$SHOAL_KEY_FILE, if it is set]
  --web ADDR:PORT       show what happens on a page for a browser, with JSON and
                        metrics (read only); alone: on this machine, on a free
                        port. See docs/pages.md
  --web-token FILE      ask who reads it for the first line of FILE, as password
                        of any user; needed with --key, and beyond this machine
  --web-open            let everybody read it who reaches that address
  --json                one JSON object per line on standard output
  --log-level LEVEL     trace, debug, info, warn, error or off; logs go to
                        standard error [warn]
  --print-config        print what holds and where each value is from, in the
                        form of such a file; does nothing else
  --version             print version, commit and how it hashes
  -h, --help            print this text

Examples:
  seeder big.iso
      Offers one file through a tracker on this machine.
  seeder photos/
      Offers a folder; others fetch all of it, or a part, by its name.
  seeder *.iso --tracker 192.0.2.1:6000 --tracker tracker.example:6000
      Offers many files through two trackers.
  seeder big.iso --listen :7001
      Always on the same port, for a firewall that has to let it through.
  seeder big.iso --torrent-dir .
      Also writes big.iso.torrent, for people with another BitTorrent client.
  seeder big.iso.torrent --register-only
      Others find by its name what another BitTorrent client seeds.
  seeder big.iso --key our.key
      Only for those who have our.key, too (made with: tracker --new-key our.key).
  find . -name '*.iso' | seeder -
      Offers what a list on standard input names, a line each.
  seeder -- -odd-name
      What follows -- is a file, whatever it begins with (./- is one called -).

Exit codes:
  0    done (Ctrl-C is the normal end)
  1    failed while running; or no file could be offered and no more names can
       come
  2    bad usage, or no file was named
  5    the only files were refused: their names stand for other content
  130  stopped at once by a second Ctrl-C (143: by a second SIGTERM)
)";

Result<std::filesystem::path> as_it_is(std::string_view text) {
  if (text.empty()) return fail(Errc::bad_input, "an empty name names no folder");
  return std::filesystem::path(text);
}

}  // namespace

Parsed<SeederCommand> parse_seeder(std::span<const std::string> arguments,
                                   const ConfigFiles& standard) {
  SeederCommand command;
  std::vector<std::string> files;
  CommandLine line("seeder", kSeederManual);
  line.rest(files);
  line.values("--address", command.peer.public_addresses, &parse_peer_address);
  line.peer(command.peer);
  line.config();
  line.value("--torrent-dir", command.offer.torrent_directory, &as_it_is);
  line.flag("--register-only", command.offer.register_only);
  line.flag("--strict", command.offer.strict_links);
  bool no_cache = false;
  line.flag("--no-cache", no_cache);
  line.keys(command.key_files);
  line.web(command.web);
  line.output(command.output);

  if (auto early = line.parse(arguments, standard)) return std::unexpected(std::move(*early));
  command.configured = line.on_command_line("--config");
  for (const std::string& file : files) {
    if (file.empty()) return std::unexpected(line.wrong("FILE: an empty name names no file"));
    if (file == "-") {
      command.names_from_input = true;
    } else {
      command.files.emplace_back(file);
    }
  }
  if (!no_cache) command.peer.cache_directory = default_cache_directory();
  return command;
}

}  // namespace shoal::cli
