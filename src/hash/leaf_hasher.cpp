#include "hash/leaf_hasher.hpp"

#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "hash/lane_leaf_hasher.hpp"
#include "hash/leaf_hasher_trial.hpp"
#include "hash/multi_buffer_leaf_hasher.hpp"
#include "hash/openssl_leaf_hasher.hpp"

namespace shoal {
namespace {

/// Whether it works or not; null where there is none.
std::unique_ptr<LeafHasher> make_unproven(LeafHashing kind) {
  if (kind == LeafHashing::lanes) return make_lane_leaf_hasher();
  if (kind == LeafHashing::multi_buffer) return make_multi_buffer_leaf_hasher();
  return std::make_unique<OpensslLeafHasher>();
}

using Entry = std::pair<LeafHashingSpeed, std::unique_ptr<LeafHasher>>;

/// Those that hash right; OpenSSL is what "right" means.
std::vector<Entry> proven(const LeafHasherTrial& trial) {
  std::vector<Entry> entries;
  for (const auto kind : {LeafHashing::openssl, LeafHashing::lanes, LeafHashing::multi_buffer}) {
    auto hasher = make_unproven(kind);
    if (!hasher) continue;
    if (kind != LeafHashing::openssl && !trial.agrees_with_openssl(*hasher)) continue;
    LeafHashingSpeed found{kind, std::string(hasher->name()), 0, 0};
    entries.emplace_back(std::move(found), std::move(hasher));
  }
  return entries;
}

/// In turns, so that what disturbs one disturbs all; the best of its turns is an entry's speed.
void measure(std::span<Entry> entries, const LeafHasherTrial& trial) {
  for (int turn = 0; turn < 3; ++turn) {
    for (auto& [found, hasher] : entries) {
      found.bytes_per_second = std::max(found.bytes_per_second, trial.speed_with_leaves(*hasher));
      // The library is slow with few messages, and a thread that has no other use for it would take
      // longer to set it up than it gains.
      if (found.kind == LeafHashing::multi_buffer) continue;
      found.node_bytes_per_second =
          std::max(found.node_bytes_per_second, trial.speed_with_nodes(*hasher));
    }
  }
}

std::vector<LeafHashingSpeed> measured() {
  const LeafHasherTrial trial;
  std::vector<Entry> entries = proven(trial);
  measure(entries, trial);
  std::vector<LeafHashingSpeed> speeds;
  speeds.reserve(entries.size());
  for (auto& [found, hasher] : entries) speeds.push_back(std::move(found));
  std::ranges::sort(speeds, std::ranges::greater{}, &LeafHashingSpeed::bytes_per_second);
  return speeds;
}

}  // namespace

std::span<const LeafHashingSpeed> leaf_hashing_speeds() {
  static const std::vector<LeafHashingSpeed> speeds = measured();
  return speeds;
}

std::unique_ptr<LeafHasher> make_leaf_hasher(LeafHashing kind) {
  if (kind == LeafHashing::openssl) return make_unproven(kind);
  const auto speeds = leaf_hashing_speeds();
  if (kind == LeafHashing::automatic) kind = speeds.front().kind;
  const bool works = std::ranges::find(speeds, kind, &LeafHashingSpeed::kind) != speeds.end();
  return works ? make_unproven(kind) : nullptr;
}

}  // namespace shoal
