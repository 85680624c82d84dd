#include <algorithm>
#include <array>
#include <set>
#include <string>

#include "check.hpp"
#include "support/driven_torrent.hpp"

using namespace shoal;
using test::DrivenTorrent;
using Key = DrivenTorrent::Key;

namespace {

// Two pieces, the second of them short: so a conversation can bring all of the file.
const test::SampleFile& file() {
  static const test::SampleFile sample(kBlockLength + 20, kBlockLength);
  return sample;
}

enum class Role : std::uint8_t { seeder, half, leecher, newcomer };

DrivenTorrent torrent_of(Role role) {
  constexpr std::array<std::uint32_t, 1> kFirst{0};
  switch (role) {
    case Role::seeder:
      return DrivenTorrent::of_seeder(file());
    case Role::leecher:
      return DrivenTorrent::of_leecher(file());
    case Role::half: {
      DrivenTorrent driven(file(), file().with(kFirst), DrivenTorrent::Role::fetch, {});
      driven.logic.start();
      driven.disk_holds({0});
      return driven;
    }
    case Role::newcomer:
      break;
  }
  DrivenTorrent driven(file(), file().missing(), DrivenTorrent::Role::fetch, {});
  driven.logic.start();
  return driven;
}

/// What it says is what it says after another round, and it sends nothing that it does not have.
void hear(DrivenTorrent& torrent, Key peer) {
  const auto written = torrent.writes(peer);
  for (const wire::BlockRange& block : written.blocks) {
    fuzz::check(block.piece < 2 && block.length > 0 && block.length <= kBlockLength);
    fuzz::check(std::uint64_t{block.begin} + block.length <= kBlockLength);
    fuzz::check(torrent.logic.content().has(PieceIndex{block.piece}));
  }
}

struct Outcome {
  std::string closed;
  std::size_t pieces = 0;
};

/// One conversation, whose peer's bytes come in parts of these lengths, over and over.
Outcome converse(Role role, BytesView talk, std::span<const std::uint8_t> lengths) {
  DrivenTorrent torrent = torrent_of(role);
  const auto key = torrent.comes("192.0.2.1:5000");
  fuzz::check(key && torrent.greets(*key));
  hear(torrent, *key);
  for (std::size_t part = 0; !talk.empty() && torrent.closed(*key).empty(); ++part) {
    const std::size_t length =
        lengths.empty() ? talk.size() : std::size_t{1} + lengths[part % lengths.size()];
    auto read = torrent.sends(*key, talk.first(std::min(length, talk.size())));
    talk = talk.subspan(std::min(length, talk.size()));
    while (read.behind && torrent.closed(*key).empty()) {
      hear(torrent, *key);
      read = torrent.goes_on(*key);
    }
    torrent.drains(*key);
    if (torrent.checks > 0) torrent.disk_holds({});
    torrent.checks = 0;
    torrent.disk_stores();
    torrent.hashes_leaves();
    if (torrent.closed(*key).empty()) hear(torrent, *key);
  }
  fuzz::check(!torrent.failed);
  const Outcome outcome{torrent.closed(*key), torrent.logic.content().have().count()};
  torrent.leaves(*key);
  // Whatever it took of what all share is given back.
  fuzz::check(torrent.budget().places.taken() == 0 && torrent.budget().being_written == 0);
  fuzz::check(!torrent.budget().leaves.next());
  return outcome;
}

}  // namespace

// A whole conversation with a torrent that seeds or fetches: whatever a peer sends, in whatever
// parts, all that it is told can be decoded, and it takes nothing along. Where what we say does not
// depend on when it came, the parts make no difference.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kHead = 4;  // a role, and lengths of parts
  if (size < kHead) return 0;
  const auto role = static_cast<Role>(data[0] % 4);
  const BytesView talk = fuzz::view(data, size).subspan(kHead);
  const Outcome at_once = converse(role, talk, {});
  const Outcome in_parts = converse(role, talk, {data + 1, kHead - 1});
  if (role == Role::seeder) {
    fuzz::check(at_once.closed == in_parts.closed && at_once.pieces == in_parts.pieces);
  }
  return 0;
}
