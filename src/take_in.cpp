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

struct Opened {
  storage::File bytes;
  std::uint64_t length;
};

Result<Opened> open(const std::filesystem::path& path) {
  auto bytes = storage::File::open_to_read(path);
  if (!bytes) return std::unexpected(bytes.error());
  const auto identity = bytes->identity();
  if (!identity) return std::unexpected(identity.error());
  return Opened{std::move(*bytes), identity->length};
}

}  // namespace

asio::awaitable<Result<TakenIn>> take_in(std::shared_ptr<Host> host, std::filesystem::path path,
                                         std::string name, std::stop_token stop,
                                         std::optional<Form> form) {
  auto opened = co_await net::on_worker(host->workers(), [&] { return open(path); });
  if (!opened) co_return std::unexpected(opened.error());
  FileInfo file{.name = name,
                .length = opened->length,
                .piece_length = form ? form->piece_length : piece_length_for(opened->length),
                .root = {}};
  if (file.length == 0) co_return TakenIn{std::move(file), std::nullopt, std::move(opened->bytes)};
  const auto geometry = Geometry::make(file.length, file.piece_length);
  if (!geometry) co_return std::unexpected(geometry.error());

  const auto state = std::make_shared<HashingState>(name, file.length);
  net::spawn(host->executor(), tell_progress(host, state));
  const unsigned threads = std::max(1u, std::thread::hardware_concurrency());
  auto layer = co_await net::on_worker(host->workers(), [&] {
    return storage::hash_file(
        opened->bytes, *geometry, threads, [&](std::uint64_t bytes) { state->bytes += bytes; },
        stop);
  });
  state->done = true;
  if (!layer) co_return std::unexpected(layer.error());

  file.root = storage::root_of(*geometry, *layer);
  swarm::Content content(file, *geometry, form ? std::move(form->info_dictionary) : std::nullopt);
  if (geometry->pieces() > 1) {
    content.set_layers(*merkle::LayerTree::build(std::move(*layer), geometry->piece_level(),
                                                 geometry->tree_height(), file.root));
  }
  content.add_all();
  co_return TakenIn{std::move(file), std::move(content), std::move(opened->bytes)};
}

}  // namespace shoal
