#include "take_in.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include <asio/steady_timer.hpp>

#include "metainfo/geometry.hpp"
#include "net/spawn.hpp"
#include "net/wakeup.hpp"
#include "net/workers.hpp"
#include "storage/file_hasher.hpp"
#include "storage/io_error.hpp"
#include "storage/layer_cache.hpp"

namespace shoal {
namespace {

/// Shared between the hashing threads, which add, and the loop, which tells.
struct HashingState {
  std::string name;
  std::uint64_t length;
  std::atomic<std::uint64_t> bytes = 0;
  std::atomic<bool> done = false;
};

asio::awaitable<void> tell_progress(std::shared_ptr<Host> host,
                                    std::shared_ptr<HashingState> state) {
  constexpr auto kInterval = std::chrono::milliseconds(250);
  asio::steady_timer timer(host->executor());
  for (;;) {
    co_await net::sleep(timer, kInterval);
    if (state->done || host->closed()) co_return;
    host->tell(event::Hashing{state->name, state->bytes, state->length});
  }
}

constexpr std::uint64_t kLong = 8 << 20;  // shorter files are hashed before anybody could look

using Layer = std::vector<Digest>;

struct Opened {
  storage::File bytes;
  storage::FileVersion version;
  FileInfo file;  // without its root
  std::optional<Geometry> geometry;  // nothing for an empty file
  std::optional<Layer> layer;        // if it is known from before
};

Result<Opened> open(const std::filesystem::path& path, const std::string& name,
                    const std::optional<Form>& form, const storage::LayerCache* cache) {
  auto bytes = storage::File::open_to_read(path);
  if (!bytes) return std::unexpected(bytes.error());
  const auto version = bytes->version();
  if (!version) return std::unexpected(version.error());
  const std::uint64_t length = version->identity.length;
  FileInfo file{.name = name,
                .length = length,
                .piece_length = form ? form->piece_length : piece_length_for(length),
                .root = {}};
  Opened opened{std::move(*bytes), *version, std::move(file), std::nullopt, std::nullopt};
  if (length == 0) return opened;
  auto geometry = Geometry::make(length, opened.file.piece_length);
  if (!geometry) return std::unexpected(geometry.error());
  opened.geometry = *geometry;
  if (cache != nullptr) opened.layer = cache->find(*version, *geometry);
  return opened;
}

Result<Layer> hash(const Opened& opened, HashingState& state, const storage::LayerCache* cache,
                   const std::stop_token& stop) {
  const auto began = std::chrono::system_clock::now();
  const bool is_long = state.length >= kLong;
  const unsigned threads = is_long ? std::max(1u, std::thread::hardware_concurrency()) : 1;
  auto layer = storage::hash_file(
      opened.bytes, *opened.geometry, threads,
      [&](std::uint64_t bytes) { state.bytes += bytes; }, stop);
  if (!layer) return layer;
  const auto version = opened.bytes.version();
  if (!version) return std::unexpected(version.error());
  if (version->identity != opened.version.identity) {
    return fail(Errc::io, storage::shown(opened.bytes.path()) +
                              " was changed while it was being hashed; try again");
  }
  if (cache != nullptr && *version == opened.version) {
    cache->keep(*version, *opened.geometry, *layer, began);
  }
  return layer;
}

}  // namespace

asio::awaitable<Result<TakenIn>> take_in(std::shared_ptr<Host> host, std::filesystem::path path,
                                         std::string name, std::stop_token stop,
                                         std::optional<Form> form) {
  const storage::LayerCache* const cache = host->layer_cache();
  auto opened = co_await net::on_worker(host->workers(),
                                        [&] { return open(path, name, form, cache); });
  if (!opened) co_return std::unexpected(opened.error());
  FileInfo file = opened->file;
  storage::Witness witness{std::move(path), opened->version.identity};
  if (file.length == 0) {
    co_return TakenIn{std::move(file), std::nullopt, std::move(opened->bytes), std::move(witness)};
  }
  const Geometry geometry = *opened->geometry;
  if (!opened->layer) {
    const auto state = std::make_shared<HashingState>(name, file.length);
    if (file.length >= kLong) net::spawn(host->executor(), tell_progress(host, state));
    auto hashed = co_await net::on_worker(host->workers(),
                                          [&] { return hash(*opened, *state, cache, stop); });
    state->done = true;
    if (!hashed) co_return std::unexpected(hashed.error());
    opened->layer = *std::move(hashed);
  }

  Layer& layer = *opened->layer;
  file.root = storage::root_of(geometry, layer);
  swarm::Content content(file, geometry, form ? std::move(form->info_dictionary) : std::nullopt);
  if (geometry.pieces() > 1) {
    content.set_layers(*merkle::LayerTree::build(std::move(layer), geometry.piece_level(),
                                                 geometry.tree_height(), file.root));
  }
  content.add_all();
  co_return TakenIn{std::move(file), std::move(content), std::move(opened->bytes),
                    std::move(witness)};
}

}  // namespace shoal
