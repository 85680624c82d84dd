#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "datagram/datagram.hpp"
#include "integration/loopback.hpp"
#include "support/tracker_talk.hpp"

namespace shoal::test {

/// How long a stock client may take for what it does in seconds on an idle machine.
inline constexpr std::chrono::seconds kClientPatience = 3 * kPatience;

/// Stock clients beside a tracker and our programs. Each serves one torrent, says what happens in
/// JSON as ours do (clients/*.py), and leaves in an orderly way when the test ends. None of them
/// uses anything but TCP peers and the trackers of the link or torrent.
class StockClients : public Loopback {
 protected:
  using Loopback::Loopback;

  /// What every client takes: its folder, and "--magnet" or "--torrent" with what belongs to it.
  [[nodiscard]] Program libtorrent(const std::filesystem::path& folder,
                                   const Program::Arguments& arguments) const;
  /// `state` is kept from run to run.
  [[nodiscard]] Program qbittorrent(const std::filesystem::path& state,
                                    const std::filesystem::path& folder,
                                    const Program::Arguments& arguments) const;
  /// v1 only, and torrent files only.
  [[nodiscard]] Program aria2(const std::filesystem::path& folder,
                              const std::filesystem::path& torrent) const;
  [[nodiscard]] Program transmission(const std::filesystem::path& folder,
                                     const std::filesystem::path& torrent) const;

  /// A torrent made by libtorrent: `torrent` is its path, `info` what was made.
  struct Made {
    std::filesystem::path torrent;
    Json info;
  };
  [[nodiscard]] Made make_torrent(const std::filesystem::path& file,
                                  Program::Arguments options = {}) const;
  [[nodiscard]] datagram::ScrapeEntry scrape(const InfoHash20& info_hash) const;

 private:
  [[nodiscard]] Program client(const std::string& script, Program::Arguments arguments) const;
};

/// The magnet link that a seeder printed.
[[nodiscard]] std::string magnet_of(Program& seeder);
/// Waits until a client has the whole file.
Json complete(Program& client, std::chrono::seconds patience = kClientPatience);
/// Asks again and again until it is so, for what nobody tells by itself.
[[nodiscard]] bool eventually(const std::function<bool()>& is_so);
/// What the client's answer names in hexadecimal.
[[nodiscard]] InfoHash20 info_hash_20(const std::string& hex);

}  // namespace shoal::test
