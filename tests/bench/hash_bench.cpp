// bench_hash: every way of hashing that works on this machine, with leaves of 16 KiB and with the
// inner nodes of trees. One core.
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "hash/leaf_hasher.hpp"

namespace shoal::bench {
namespace {

void hash(benchmark::State& state, LeafHashing kind, std::size_t count, std::size_t length) {
  const auto hasher = make_leaf_hasher(kind);
  Bytes data(count * length);
  for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<std::byte>(i * 7 + i / 256);
  std::vector<BytesView> messages;
  for (std::size_t i = 0; i < count; ++i) {
    messages.push_back(BytesView(data).subspan(i * length, length));
  }
  std::vector<Digest> digests(count);
  for (auto _ : state) {
    hasher->hash(messages, digests);
    benchmark::DoNotOptimize(digests.data());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(data.size()));
}

/// For each kind a batch as files are hashed in, one as downloads are, and nodes.
const bool registered = [] {
  for (const LeafHashingSpeed& speed : leaf_hashing_speeds()) {
    const auto add = [&](const std::string& what, std::size_t count, std::size_t length) {
      benchmark::RegisterBenchmark((speed.name + " " + what).c_str(), hash, speed.kind, count,
                                   length);
    };
    add("32 leaves", 32, 16384);
    add("8 leaves", 8, 16384);
    add("1 leaf", 1, 16384);
    add("32 nodes", 32, 64);
    add("2 nodes", 2, 64);
  }
  return true;
}();

}  // namespace
}  // namespace shoal::bench
