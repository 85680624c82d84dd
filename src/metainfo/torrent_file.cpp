#include "metainfo/torrent_file.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/bencode.hpp"
#include "base/version.hpp"
#include "hash/merkle.hpp"
#include "hash/sha256.hpp"
#include "metainfo/geometry.hpp"
#include "metainfo/info_dict.hpp"

namespace shoal {
namespace {

using bencode::Dict;
using bencode::List;
using bencode::Value;

constexpr std::size_t kMaxTrackers = 64;

std::unexpected<Error> bad(std::string what, Errc code = Errc::bad_input) {
  return fail(code, "torrent file: " + std::move(what));
}

std::string joined(std::span<const Digest> hashes) {
  std::string bytes;
  bytes.reserve(hashes.size() * sizeof(Digest));
  for (const Digest& hash : hashes) bytes += as_text(hash.bytes);
  return bytes;
}

std::vector<Digest> split(std::string_view bytes) {
  std::vector<Digest> hashes(bytes.size() / sizeof(Digest));
  for (std::size_t i = 0; i < hashes.size(); ++i) {
    std::memcpy(hashes[i].bytes.data(), bytes.data() + i * sizeof(Digest), sizeof(Digest));
  }
  return hashes;
}

void add_tracker(const Value& url, std::vector<std::string>& trackers) {
  const std::string* const text = url.text();
  if (text != nullptr && !text->empty() && trackers.size() < kMaxTrackers) {
    trackers.push_back(*text);
  }
}

/// BEP 12: where there is a list, the single tracker does not count.
std::vector<std::string> trackers_of(const Value& torrent) {
  std::vector<std::string> trackers;
  const Value* const tiers = torrent.find("announce-list");
  if (tiers != nullptr && tiers->list() != nullptr) {
    for (const Value& tier : *tiers->list()) {
      if (tier.list() == nullptr) continue;
      for (const Value& url : *tier.list()) add_tracker(url, trackers);
    }
  }
  const Value* const single = torrent.find("announce");
  if (trackers.empty() && single != nullptr) add_tracker(*single, trackers);
  return trackers;
}

/// The layer of this file, if the torrent has it, and only if it is right.
Result<std::vector<Digest>> layer_of(const Value& torrent, const FileInfo& file) {
  if (file.length <= file.piece_length) return std::vector<Digest>{};
  const Value* const layers = torrent.find("piece layers");
  const std::string* const bytes =
      layers == nullptr ? nullptr : layers->text_at(as_text(file.root.bytes));
  if (bytes == nullptr) return std::vector<Digest>{};
  const auto geometry = Geometry::make(file.length, file.piece_length);
  if (!geometry) return std::unexpected(geometry.error());
  const std::size_t expected = geometry->pieces() * sizeof(Digest);
  if (bytes->size() != expected) {
    return bad("a piece layer of " + std::to_string(bytes->size()) + " bytes; " +
               std::to_string(geometry->pieces()) + " pieces make " + std::to_string(expected));
  }
  std::vector<Digest> layer = split(*bytes);
  if (!merkle::LayerTree::build(layer, geometry->piece_level(), geometry->tree_height(),
                                file.root)) {
    return bad("its piece layer does not lead to the root of the file", Errc::unprovable);
  }
  return layer;
}

}  // namespace

TorrentFile make_torrent(const FileInfo& file, std::span<const Digest> piece_layer,
                         std::span<const std::string> trackers) {
  TorrentFile torrent;
  torrent.file = file;
  torrent.info_hash = info_hash(file);
  torrent.info_dictionary = info_dict(file);
  if (file.length > file.piece_length) {
    torrent.piece_layer.assign(piece_layer.begin(), piece_layer.end());
  }
  for (const std::string& tracker : trackers) torrent.trackers.push_back("udp://" + tracker);
  torrent.created_by = "Shoal " + std::string(version());
  return torrent;
}

Bytes encode(const TorrentFile& torrent) {
  Bytes out;
  ByteWriter writer(out);
  writer.text("d");
  if (!torrent.trackers.empty()) {
    List tiers;
    for (const std::string& url : torrent.trackers) tiers.emplace_back(List{url});
    writer.text("8:announce");
    bencode::encode(torrent.trackers.front(), out);
    writer.text("13:announce-list");
    bencode::encode(std::move(tiers), out);
  }
  if (!torrent.created_by.empty()) {
    writer.text("10:created by");
    bencode::encode(torrent.created_by, out);
  }
  Dict layers;
  if (!torrent.piece_layer.empty()) {
    layers.emplace(as_text(torrent.file.root.bytes), joined(torrent.piece_layer));
  }
  // As it stands: its bytes are what the info hash is of.
  writer.text("4:info").bytes(torrent.info_dictionary).text("12:piece layers");
  bencode::encode(std::move(layers), out);
  writer.text("e");
  return out;
}

Result<TorrentFile> parse_torrent(BytesView bytes) {
  if (bytes.size() > kMaxTorrentFile) {
    return bad("it has " + std::to_string(bytes.size()) + " bytes; the most is " +
               std::to_string(kMaxTorrentFile));
  }
  const auto parsed = bencode::parse(bytes);
  if (!parsed) return bad(parsed.error().message);
  const Value* const info = parsed->find("info");
  if (info == nullptr) return bad("it has no info dictionary");

  TorrentFile torrent;
  // Only canonical bencoding parses, so these are the very bytes of the file.
  torrent.info_dictionary = bencode::encode(*info);
  auto file = parse_info_dict(torrent.info_dictionary);
  if (!file) return std::unexpected(std::move(file).error());
  torrent.file = *std::move(file);
  torrent.info_hash = InfoHash{sha256(torrent.info_dictionary).bytes};
  auto layer = layer_of(*parsed, torrent.file);
  if (!layer) return std::unexpected(std::move(layer).error());
  torrent.piece_layer = *std::move(layer);
  torrent.trackers = trackers_of(*parsed);
  if (const std::string* by = parsed->text_at("created by")) torrent.created_by = *by;
  return torrent;
}

}  // namespace shoal
