#include "hash/leaf_hasher.hpp"

#include <algorithm>
#include <functional>
#include <initializer_list>
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

using Entries = std::vector<std::pair<LeafHashingSpeed, std::unique_ptr<LeafHasher>>>;

/// In turns, so that what disturbs one disturbs all; the best of its turns is an entry's speed.
template <class Speed>
void measure(Entries& entries, const Speed& speed) {
  for (int turn = 0; turn < 3; ++turn) {
    for (auto& [found, hasher] : entries) {
      found.bytes_per_second = std::max(found.bytes_per_second, speed(*hasher));
    }
  }
}

/// Those of `kinds` that hash right.
Entries proven(std::initializer_list<LeafHashing> kinds, const LeafHasherTrial& trial) {
  Entries entries;
  for (const LeafHashing kind : kinds) {
    auto hasher = make_unproven(kind);
    if (!hasher || !trial.agrees_with_openssl(*hasher)) continue;
    LeafHashingSpeed found{kind, std::string(hasher->name()), 0};
    entries.emplace_back(std::move(found), std::move(hasher));
  }
  return entries;
}

/// The fastest first.
std::vector<LeafHashingSpeed> sorted(const Entries& entries) {
  std::vector<LeafHashingSpeed> speeds;
  for (const auto& [found, hasher] : entries) speeds.push_back(found);
  std::ranges::sort(speeds, std::ranges::greater{}, &LeafHashingSpeed::bytes_per_second);
  return speeds;
}

std::vector<LeafHashingSpeed> measured_with_leaves() {
  const LeafHasherTrial trial;
  Entries entries =
      proven({LeafHashing::openssl, LeafHashing::lanes, LeafHashing::multi_buffer}, trial);
  measure(entries, [&](LeafHasher& hasher) { return trial.speed_with_leaves(hasher); });
  return sorted(entries);
}

/// Without the multi-buffer library: it takes milliseconds to set up and is slow with few messages.
LeafHashing fastest_for_nodes() {
  const LeafHasherTrial trial;
  Entries entries = proven({LeafHashing::openssl, LeafHashing::lanes}, trial);
  measure(entries, [&](LeafHasher& hasher) { return trial.speed_with_nodes(hasher); });
  return sorted(entries).front().kind;
}

}  // namespace

std::span<const LeafHashingSpeed> leaf_hashing_speeds() {
  static const std::vector<LeafHashingSpeed> speeds = measured_with_leaves();
  return speeds;
}

std::unique_ptr<LeafHasher> make_leaf_hasher(LeafHashing kind) {
  const auto speeds = leaf_hashing_speeds();
  if (kind == LeafHashing::automatic) kind = speeds.front().kind;
  const bool works = std::ranges::find(speeds, kind, &LeafHashingSpeed::kind) != speeds.end();
  return works ? make_unproven(kind) : nullptr;
}

LeafHasher& thread_leaf_hasher() {
  thread_local const std::unique_ptr<LeafHasher> hasher = make_leaf_hasher();
  return *hasher;
}

LeafHasher& thread_node_hasher() {
  static const LeafHashing kind = fastest_for_nodes();
  thread_local const std::unique_ptr<LeafHasher> hasher = make_unproven(kind);
  return *hasher;
}

}  // namespace shoal
