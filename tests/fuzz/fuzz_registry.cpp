#include <chrono>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "check.hpp"
#include "registry/registry.hpp"

using namespace shoal;
using namespace shoal::registry;

namespace {

/// What the fuzzer chooses, a byte at a time; zeros once it has nothing more to say.
class Choices {
 public:
  explicit Choices(BytesView input) : left_(input) {}

  [[nodiscard]] bool any() const { return !left_.empty(); }
  std::uint8_t byte() {
    if (left_.empty()) return 0;
    const auto chosen = std::to_integer<std::uint8_t>(left_.front());
    left_ = left_.subspan(1);
    return chosen;
  }
  BytesView bytes(std::size_t most) {
    const BytesView taken = left_.first(std::min(most, left_.size()));
    left_ = left_.subspan(taken.size());
    return taken;
  }

 private:
  BytesView left_;
};

/// A few addresses of some parties and networks.
IpAddress address(std::uint8_t number) {
  const auto low = std::byte(number >> 3 & 3);
  if ((number & 4) != 0) {
    IpAddress::V6 v6{std::byte{0x20}, std::byte{1}};
    v6[5] = std::byte(number & 1);
    v6[7] = low;
    v6[15] = std::byte(number & 2);
    return IpAddress(v6);
  }
  return IpAddress(IpAddress::V4{std::byte{10}, std::byte{0}, std::byte(number & 3), low});
}

PeerId peer_id(std::uint8_t number) {
  PeerId id;
  id.bytes.back() = std::byte(number & 3);
  return id;
}

FileInfo file(std::uint8_t number) {
  static const std::vector<std::string> names{
      "a", "b", "caf\u00e9", "cafe\u0301", std::string(40, 'x'), "c", "d", "e"};
  FileInfo info{names[number % names.size()], 1000, 16384, {}};
  info.root.bytes[0] = std::byte(number >> 3 & 1);
  if ((number & 32) != 0) {
    info.root.bytes[1] = std::byte{1};
    info.folder = FolderInfo{number, 100};
  }
  return info;
}

datagram::Proof proof(std::uint8_t number) {
  return datagram::Proof{number % 3u};
}

std::optional<Endpoint> said(std::uint8_t number) {
  if (number % 4 != 0) return std::nullopt;
  return Endpoint{address(number / 4), 1000};
}

/// A registry, and what must always hold of it.
class World {
 public:
  explicit World(const RegistryOptions& options) : options_(options), registry_(options) {}

  void step(Choices& choices) {
    const IpAddress from = address(choices.byte());
    switch (choices.byte() % 8) {
      case 0:
      case 1:
        return offer(choices, from);
      case 2:
        (void)registry_.heartbeat({peer_id(choices.byte()), port(choices), set(choices),
                                   said(choices.byte()), proof(choices.byte())},
                                  from, now_);
        return;
      case 3:
        return registry_.withdraw({peer_id(choices.byte()), port(choices), one(choices),
                                   said(choices.byte()), proof(choices.byte())},
                                  from);
      case 4:
        return announce(choices, from);
      case 5:
        now_ += std::chrono::seconds(choices.byte());
        return registry_.expire(now_, choices.byte());
      case 6:
        return registry_.spare(now_);
      default:
        return raw(choices.bytes(choices.byte()), from);
    }
  }

  void check() {
    fuzz::check(registry_.files() <= options_.max_files);
    fuzz::check(registry_.peers() <= options_.max_peers);
    fuzz::check(registry_.peers() >= registry_.files());
    fuzz::check(registry_.next_deadline().has_value() == (registry_.peers() > 0));
    datagram::ListReply list;
    registry_.list({"", "", datagram::Kinds::all}, list);
    std::size_t bytes = 0;
    for (const datagram::ListEntry& entry : list.files) {
      bytes += entry.name.size();
      datagram::LookupReply found;
      fuzz::check(registry_.lookup({{}, entry.name}, address(0), found));
      fuzz::check(found.seeders == entry.seeders && found.leechers == entry.leechers);
      fuzz::check(found.folder.has_value() == entry.files.has_value());
      fuzz::check(found.seeders + found.leechers > 0);
    }
    fuzz::check(list.more || bytes <= options_.max_name_bytes);
  }

  /// Who is silent is forgotten, and nothing is left of anybody.
  void end() {
    now_ += std::chrono::hours(3);
    registry_.expire(now_);
    fuzz::check(registry_.files() == 0 && registry_.peers() == 0);
    fuzz::check(!registry_.next_deadline());
  }

 private:
  static std::uint16_t port(Choices& choices) { return 1000 + (choices.byte() & 1); }
  static datagram::FileSet set(Choices& choices) {
    datagram::FileSet set;
    for (int left = choices.byte() % 4; left > 0; --left) set.add(info_hash(file(choices.byte())));
    return set;
  }
  static std::optional<InfoHash> one(Choices& choices) {
    const std::uint8_t number = choices.byte();
    if (number == 0) return std::nullopt;
    return info_hash(file(number));
  }

  /// Whoever is granted something is found where it was told that it is.
  void offer(Choices& choices, const IpAddress& from) {
    const std::uint8_t number = choices.byte();
    const datagram::RegisterRequest request{peer_id(choices.byte()), port(choices),
                                            (number & 16) != 0,      file(number),
                                            said(choices.byte()),    proof(choices.byte())};
    const auto granted = registry_.register_file(request, from, now_);
    datagram::LookupReply found;
    const bool known = registry_.lookup({{}, request.file.name}, from, found);
    fuzz::check(!granted || (known && found.root == request.file.root &&
                             found.folder.has_value() == request.file.folder.has_value()));
    if (granted && request.proof != datagram::kNoProof) defend(request, from);
  }

  /// What was registered with a proof its neighbours do not get. (Unless it renewed what an older
  /// program of its peer id had registered, or says to be elsewhere, where there may be room now.)
  void defend(const datagram::RegisterRequest& host, const IpAddress& from) {
    datagram::WithdrawRequest leave{host.peer_id, host.port, {}, host.said, datagram::Proof{98}};
    const std::size_t peers = registry_.peers();
    registry_.withdraw(leave, from);
    if (registry_.peers() != peers) return;  // an older program's
    datagram::RegisterRequest other = host;
    other.proof = datagram::Proof{98};
    other.peer_id.bytes[0] = std::byte{9};
    const auto taken = registry_.register_file(other, from, now_);
    if (taken || host.said) return;
    leave.proof = host.proof;
    datagram::RegisterRequest again = host;
    fuzz::check(registry_.register_file(again, from, now_).has_value());
  }

  void announce(Choices& choices, const IpAddress& from) {
    datagram::AnnounceRequest request;
    request.info_hash = truncated(info_hash(file(choices.byte())));
    request.peer_id = peer_id(choices.byte());
    request.left = choices.byte() & 1;
    request.event = static_cast<datagram::AnnounceEvent>(choices.byte() & 3);
    request.port = port(choices);
    datagram::AnnounceReply reply;
    (void)registry_.announce(request, from, now_, reply);
  }

  void raw(BytesView bytes, const IpAddress& from) {
    registry_.look_ahead(std::vector<Asked>{{bytes, {from, 1}}});
    const auto decoded = datagram::decode_request(bytes);
    if (!decoded) return;
    const auto* request = std::get_if<datagram::RegisterRequest>(&decoded->request);
    if (request != nullptr) (void)registry_.register_file(*request, from, now_);
    if (const auto* beat = std::get_if<datagram::HeartbeatRequest>(&decoded->request))
      (void)registry_.heartbeat(*beat, from, now_);
  }

  RegistryOptions options_;
  Registry registry_;
  Time now_ = Time{} + std::chrono::hours(1);
};

}  // namespace

// A tracker's memory under whatever a few hosts send: its bounds hold, what it lists it finds, and
// who is silent is forgotten without a trace.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Choices choices(fuzz::view(data, size));
  const std::uint8_t kind = choices.byte();
  World world({.max_files = 3u + kind % 4,
               .max_name_bytes = 50,
               .max_peers = 4u + kind / 4 % 8,
               .max_per_address = kind % 3 == 0 ? 0u : 3u,
               .open = (kind & 64) != 0,
               .closed = (kind & 128) != 0});
  while (choices.any()) {
    world.step(choices);
    world.check();
  }
  world.end();
  return 0;
}
