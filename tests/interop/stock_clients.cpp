#include "interop/stock_clients.hpp"

#include <algorithm>
#include <stdexcept>
#include <thread>
#include <variant>

#include "base/hex.hpp"

namespace shoal::test {
namespace {

Program::Arguments joined(Program::Arguments first, const Program::Arguments& rest) {
  first.insert(first.end(), rest.begin(), rest.end());
  return first;
}

}  // namespace

Program StockClients::client(const std::string& script, Program::Arguments arguments) const {
  const std::string path = std::string(SHOAL_CLIENTS) + "/" + script;
  return start(SHOAL_PYTHON, joined({"-B", path, "--json"}, arguments));
}

Program StockClients::libtorrent(const std::filesystem::path& folder,
                                 const Program::Arguments& arguments) const {
  return client("libtorrent_client.py", joined({"--folder", folder.string()}, arguments));
}

Program StockClients::qbittorrent(const std::filesystem::path& state,
                                  const std::filesystem::path& folder,
                                  const Program::Arguments& arguments) const {
  return client("qbittorrent_client.py",
                joined({"--folder", folder.string(), "--state", state.string()}, arguments));
}

Program StockClients::aria2(const std::filesystem::path& folder,
                            const std::filesystem::path& torrent) const {
  const auto state = this->folder("aria2");
  return client("command_client.py", {"aria2", "--folder", folder.string(), "--state",
                                      state.string(), "--torrent", torrent.string()});
}

Program StockClients::transmission(const std::filesystem::path& folder,
                                   const std::filesystem::path& torrent) const {
  const auto state = this->folder("transmission");
  return client("command_client.py", {"transmission", "--folder", folder.string(), "--state",
                                      state.string(), "--torrent", torrent.string()});
}

StockClients::Made StockClients::make_torrent(const std::filesystem::path& file,
                                              Program::Arguments options) const {
  const std::filesystem::path torrent = home_ / (file.filename().string() + ".torrent");
  options.insert(options.end(), {"--tracker", address_, file.string(), torrent.string()});
  Program maker = client("make_torrent.py", options);
  Json made = maker.wait_for("made");
  if (maker.wait_for_exit() != 0) throw std::runtime_error("no torrent was made");
  return {torrent, std::move(made)};
}

datagram::ScrapeEntry StockClients::scrape(const InfoHash20& info_hash) const {
  return std::get<datagram::ScrapeReply>(
             ask_tracker(address_, datagram::ScrapeRequest{{info_hash}}))
      .files.at(0);
}

std::string magnet_of(Program& seeder) {
  return seeder.wait_for("registered").at("magnet");
}

Json complete(Program& client, std::chrono::seconds patience) {
  return client.wait_for("complete", {}, patience);
}

bool eventually(const std::function<bool()>& is_so) {
  const auto deadline = std::chrono::steady_clock::now() + kClientPatience;
  while (!is_so()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return true;
}

InfoHash20 info_hash_20(const std::string& hex) {
  const auto bytes = from_hex(hex);
  InfoHash20 hash;
  if (!bytes || bytes->size() < hash.bytes.size()) throw std::runtime_error("no hash: " + hex);
  std::copy_n(bytes->begin(), hash.bytes.size(), hash.bytes.begin());
  return hash;
}

}  // namespace shoal::test
