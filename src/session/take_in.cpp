#include "session/take_in.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "metainfo/geometry.hpp"
#include "net/spawn.hpp"
#include "net/workers.hpp"
#include "session/descriptors.hpp"
#include "session/hashing_progress.hpp"
#include "storage/file_hasher.hpp"
#include "storage/io_error.hpp"
#include "storage/layer_cache.hpp"

namespace shoal::session {
namespace {

constexpr std::uint64_t kLong = 8 << 20;  // shorter files are hashed before anybody could look

using Layer = std::vector<Digest>;

struct Opened {
  storage::File bytes;
  storage::FileVersion version;
  FileInfo file;                     // without its root
  std::optional<Geometry> geometry;  // nothing for an empty file
  std::optional<Layer> layer;        // if it is known from before
};

/// Every file that is here stays open, and who comes for it needs a descriptor, too.
bool leaves_room(const storage::File& opened, std::size_t connections) {
  const std::size_t most = most_descriptors();
  const std::size_t left = std::min(connections + spare_descriptors(most), most / 2);
  return static_cast<std::size_t>(opened.descriptor()) < most - left;
}

/// Hashes an opened file, and keeps the result for next time.
struct Hasher {
  const storage::LayerCache* cache;  // may be null
  std::size_t connections;           // for which there has to be room
  std::stop_token stop;

  [[nodiscard]] Result<Layer> hash(const Opened& opened, unsigned threads,
                                   const storage::HashProgress& progress) const {
    const auto began = std::chrono::system_clock::now();
    auto layer = storage::hash_file(opened.bytes, *opened.geometry, threads, progress, stop);
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
};

/// A short file is hashed at once: to go to and fro between threads takes as long.
Result<Opened> open(const std::filesystem::path& path, const std::string& name,
                    const std::optional<Form>& form, const Hasher& hasher) {
  auto bytes = storage::File::open_to_read(path);
  if (!bytes) return std::unexpected(bytes.error());
  if (!leaves_room(*bytes, hasher.connections)) {
    return storage::io_failure("cannot keep open", path, EMFILE);
  }
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
  if (hasher.cache != nullptr) {
    opened.layer = hasher.cache->find(*version, *geometry, std::chrono::system_clock::now());
  }
  if (opened.layer || length >= kLong) return opened;
  auto layer = hasher.hash(opened, 1, {});
  if (!layer) return std::unexpected(layer.error());
  opened.layer = *std::move(layer);
  return opened;
}

}  // namespace

asio::awaitable<Result<TakenIn>> take_in(std::shared_ptr<SessionContext> context,
                                         std::filesystem::path path, std::string name,
                                         std::stop_token stop, std::optional<Form> form) {
  const Hasher hasher{context->layer_cache(), context->most_connections(), std::move(stop)};
  auto opened =
      co_await net::on_worker(context->workers(), [&] { return open(path, name, form, hasher); });
  if (!opened) co_return std::unexpected(opened.error());
  FileInfo file = opened->file;
  storage::Witness witness{std::move(path), opened->version};
  if (file.length == 0) {
    co_return TakenIn{std::move(file), std::nullopt, std::move(opened->bytes), std::move(witness)};
  }
  const Geometry geometry = *opened->geometry;
  if (!opened->layer) {
    const auto state = std::make_shared<HashingProgress>(name, file.length);
    net::spawn(context->executor(), tell_progress(context, state));
    const unsigned threads = std::max(1u, std::thread::hardware_concurrency());
    auto hashed = co_await net::on_worker(context->workers(), [&] {
      return hasher.hash(*opened, threads, [&](std::uint64_t bytes) { state->bytes += bytes; });
    });
    state->done = true;
    if (!hashed) co_return std::unexpected(hashed.error());
    opened->layer = *std::move(hashed);
  }

  Layer& layer = *opened->layer;
  file.root = storage::root_of(geometry, layer);
  torrent::Content content(file, geometry, form ? std::move(form->info_dictionary) : std::nullopt);
  if (geometry.pieces() > 1) {
    content.set_layer(*merkle::LayerTree::build(std::move(layer), geometry.piece_level(),
                                                geometry.tree_height(), file.root));
  }
  content.add_all();
  co_return TakenIn{std::move(file), std::move(content), std::move(opened->bytes),
                    std::move(witness)};
}

}  // namespace shoal::session
