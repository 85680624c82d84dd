#include "metainfo/torrent_file.hpp"

#include <algorithm>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

#include "base/bencode.hpp"
#include "base/bencode_reader.hpp"
#include "base/version.hpp"
#include "hash/merkle.hpp"
#include "hash/sha256.hpp"
#include "metainfo/description.hpp"
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
std::vector<std::string> trackers_of(BytesView list, BytesView single) {
  std::vector<std::string> trackers;
  const auto tiers = bencode::parse(list);
  if (tiers && tiers->list() != nullptr) {
    for (const Value& tier : *tiers->list()) {
      if (tier.list() == nullptr) continue;
      for (const Value& url : *tier.list()) add_tracker(url, trackers);
    }
  }
  const auto announce = bencode::parse(single);
  if (trackers.empty() && announce) add_tracker(*announce, trackers);
  return trackers;
}

/// The layer of this file, if it is right.
Result<std::vector<Digest>> proven_layer(std::string_view bytes, std::uint64_t length,
                                         std::uint32_t piece_length, const Digest& root) {
  const auto geometry = Geometry::make(length, piece_length);
  if (!geometry) return std::unexpected(geometry.error());
  const std::size_t expected = geometry->pieces() * sizeof(Digest);
  if (bytes.size() != expected) {
    return bad("a piece layer of " + std::to_string(bytes.size()) + " bytes; " +
               std::to_string(geometry->pieces()) + " pieces make " + std::to_string(expected));
  }
  std::vector<Digest> layer = split(bytes);
  if (!merkle::LayerTree::build(layer, geometry->piece_level(), geometry->tree_height(), root)) {
    return bad("its piece layer does not lead to the root of the file", Errc::unprovable);
  }
  return layer;
}

/// A .torrent file's parts as they stand, for it may be too large to be taken apart further.
struct Parts {
  BytesView info;
  BytesView announce;
  BytesView announce_list;
  BytesView created_by;
  std::map<std::string_view, std::string_view> layers;  // by root
};

Result<void> read_layers(bencode::Reader& reader, Parts& parts) {
  if (reader.kind() != bencode::Reader::Kind::dict) return reader.skip();
  if (auto opened = reader.open(); !opened) return opened;
  for (std::optional<std::string_view> before;;) {
    const auto root = reader.key(before);
    if (!root) return std::unexpected(root.error());
    if (!*root) return {};
    before = *root;
    if (reader.kind() != bencode::Reader::Kind::text) {
      if (auto skipped = reader.skip(); !skipped) return skipped;
      continue;
    }
    const auto nodes = reader.text();
    if (!nodes) return std::unexpected(nodes.error());
    parts.layers.emplace(**root, *nodes);
  }
}

Result<Parts> parts_of(BytesView bytes) {
  // A folder's files, ten values each, and the folders around them.
  bencode::Reader reader(bytes, {.depth = 100, .values = 4'000'000});
  Parts parts;
  if (reader.kind() != bencode::Reader::Kind::dict) return bad("it is no bencoded dictionary");
  if (auto opened = reader.open(); !opened) return std::unexpected(opened.error());
  for (std::optional<std::string_view> before;;) {
    const auto key = reader.key(before);
    if (!key) return bad(key.error().message);
    if (!*key) break;
    before = *key;
    const std::size_t begin = reader.position();
    const auto read = **key == "piece layers" ? read_layers(reader, parts) : reader.skip();
    if (!read) return bad(read.error().message);
    const BytesView value = bytes.subspan(begin, reader.position() - begin);
    if (**key == "info") parts.info = value;
    if (**key == "announce") parts.announce = value;
    if (**key == "announce-list") parts.announce_list = value;
    if (**key == "created by") parts.created_by = value;
  }
  if (reader.position() != bytes.size()) return bad("something follows its end");
  return parts;
}

/// Those of its files that the torrent has.
Result<LayersByRoot> layers_of(const Parts& parts, const Description& described) {
  LayersByRoot layers;
  const auto add = [&](std::uint64_t length, const Digest& root) -> Result<void> {
    if (length <= described.content.piece_length || layers.contains(root)) return {};
    const auto found = parts.layers.find(as_text(root.bytes));
    if (found == parts.layers.end()) return {};
    auto layer = proven_layer(found->second, length, described.content.piece_length, root);
    if (!layer) return std::unexpected(std::move(layer).error());
    layers.emplace(root, *std::move(layer));
    return {};
  };
  if (!described.tree) {
    if (auto good = add(described.content.length, described.content.root); !good)
      return std::unexpected(std::move(good).error());
    return layers;
  }
  for (std::uint32_t i = 0; i < described.tree->size(); ++i) {
    const FileTree::View file = (*described.tree)[FileIndex{i}];
    if (file.root == nullptr) continue;
    if (auto good = add(file.length, *file.root); !good)
      return std::unexpected(std::move(good).error());
  }
  return layers;
}

std::vector<std::string> urls_of(std::span<const std::string> trackers) {
  std::vector<std::string> urls;
  for (const std::string& tracker : trackers) urls.push_back("udp://" + tracker);
  return urls;
}

}  // namespace

TorrentFile make_torrent(const FileInfo& file, std::span<const Digest> piece_layer,
                         std::span<const std::string> trackers) {
  TorrentFile torrent;
  torrent.file = file;
  torrent.info_hash = info_hash(file);
  torrent.info_dictionary = info_dict(file);
  if (file.length > file.piece_length) {
    torrent.piece_layers.emplace(file.root, std::vector(piece_layer.begin(), piece_layer.end()));
  }
  torrent.trackers = urls_of(trackers);
  torrent.created_by = "Shoal " + std::string(version());
  return torrent;
}

TorrentFile make_torrent(const FileInfo& folder, BytesView info_dictionary,
                         LayersByRoot piece_layers, std::span<const std::string> trackers) {
  TorrentFile torrent;
  torrent.file = folder;
  torrent.info_hash = info_hash(folder);
  torrent.info_dictionary.assign(info_dictionary.begin(), info_dictionary.end());
  torrent.piece_layers = std::move(piece_layers);
  torrent.trackers = urls_of(trackers);
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
  for (const auto& [root, nodes] : torrent.piece_layers) {
    layers.emplace(as_text(root.bytes), joined(nodes));
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
  const auto parts = parts_of(bytes);
  if (!parts) return std::unexpected(parts.error());
  if (parts->info.empty()) return bad("it has no info dictionary");
  auto described = parse_description(parts->info);
  if (!described) return std::unexpected(std::move(described).error());
  auto layers = layers_of(*parts, *described);
  if (!layers) return std::unexpected(std::move(layers).error());

  TorrentFile torrent;
  torrent.file = std::move(described->content);
  torrent.tree = std::move(described->tree);
  torrent.info_dictionary.assign(parts->info.begin(), parts->info.end());
  torrent.info_hash = InfoHash{sha256(torrent.info_dictionary).bytes};
  torrent.piece_layers = *std::move(layers);
  torrent.trackers = trackers_of(parts->announce_list, parts->announce);
  const auto by = bencode::parse(parts->created_by);
  if (by && by->text() != nullptr) torrent.created_by = *by->text();
  return torrent;
}

}  // namespace shoal
