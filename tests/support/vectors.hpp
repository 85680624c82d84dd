#pragma once

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <ostream>
#include <stdexcept>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <shoal/digest.hpp>
#include <shoal/file_info.hpp>

#include "base/bytes.hpp"
#include "base/hex.hpp"
#include "hash/sha256.hpp"

/// The BitTorrent v2 test vectors of tests/data/vectors.json, and the content they speak of.
namespace shoal::test {

/// A hash request as ids 21 to 23 carry it, and what the right answer is.
struct HashVector {
  std::uint32_t base = 0;
  std::uint32_t index = 0;
  std::uint32_t length = 0;
  std::uint32_t proof = 0;
  std::size_t hashes = 0;      ///< nodes and uncles
  Digest hashes_sha256;        ///< of all of them, one after the other
  std::vector<Digest> uncles;  ///< lowest first
};

/// One (length, piece length) case.
struct Vector {
  FileInfo file;  ///< zero root when empty
  std::uint32_t pieces = 0;
  int tree_height = 0;
  std::vector<Digest> piece_layer;  ///< empty for a file of one piece
  Bytes info_dict;
  InfoHash info_hash;
  InfoHash20 info_hash_20;
  std::string magnet;
  std::vector<HashVector> hash_requests;

  /// How GoogleTest names it.
  friend void PrintTo(const Vector& vector, std::ostream* out) {
    *out << vector.file.length << " bytes in pieces of " << vector.file.piece_length;
  }
};

inline Digest digest_of(const nlohmann::json& hex) {
  const auto digest = parse_digest(hex.get<std::string>());
  if (!digest) throw std::runtime_error("vectors.json: not a digest: " + hex.dump());
  return *digest;
}

inline std::vector<Digest> digests_of(const nlohmann::json& list) {
  std::vector<Digest> digests;
  for (const auto& hex : list) digests.push_back(digest_of(hex));
  return digests;
}

inline Bytes bytes_of(const nlohmann::json& hex) {
  auto bytes = from_hex(hex.get<std::string>());
  if (!bytes) throw std::runtime_error("vectors.json: not hexadecimal: " + hex.dump());
  return std::move(*bytes);
}

inline nlohmann::json load_vectors() {
  std::ifstream file(SHOAL_TEST_DATA "/vectors.json");
  return nlohmann::json::parse(file);
}

inline HashVector hash_vector_of(const nlohmann::json& json) {
  return {json.at("base"),
          json.at("index"),
          json.at("length"),
          json.at("proof_layers"),
          json.at("num_hashes"),
          digest_of(json.at("hashes_sha256")),
          digests_of(json.at("uncles"))};
}

inline Vector vector_of(const nlohmann::json& json) {
  Vector vector;
  vector.file = {json.at("name"), json.at("size"), json.at("piece_length"), {}};
  if (!json.at("pieces_root").is_null()) vector.file.root = digest_of(json.at("pieces_root"));
  vector.pieces = json.at("num_pieces");
  if (!json.at("tree_height").is_null()) vector.tree_height = json.at("tree_height");
  vector.piece_layer = digests_of(json.at("piece_layer"));
  vector.info_dict = bytes_of(json.at("info_dict_hex"));
  vector.info_hash.bytes = digest_of(json.at("infohash_v2")).bytes;
  std::ranges::copy(bytes_of(json.at("infohash_v2_truncated")), vector.info_hash_20.bytes.begin());
  vector.magnet = json.at("magnet");
  for (const auto& request : json.value("hash_requests", nlohmann::json::array())) {
    vector.hash_requests.push_back(hash_vector_of(request));
  }
  return vector;
}

/// All of them, read once.
inline const std::vector<Vector>& vectors() {
  static const std::vector<Vector> all = [] {
    std::vector<Vector> read;
    const nlohmann::json document = load_vectors();
    for (const auto& json : document.at("vectors")) read.push_back(vector_of(json));
    return read;
  }();
  return all;
}

/// Those that have a tree: all but the empty file.
inline std::vector<Vector> vectors_with_content() {
  std::vector<Vector> some = vectors();
  std::erase_if(some, [](const Vector& vector) { return vector.file.length == 0; });
  return some;
}

/// Roots of trees over nothing but padding, by height.
inline const std::vector<Digest>& pad_hashes() {
  static const std::vector<Digest> all = digests_of(load_vectors().at("pad_hashes"));
  return all;
}

/// `size` bytes of the content of every vector, from `offset`.
inline Bytes content(std::uint64_t offset, std::size_t size) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) {
    bytes[i] = static_cast<std::byte>(((offset + i) * 31 + 7) % 251);
  }
  return bytes;
}

/// The leaf hashes of the first `length` bytes of the content, one block in memory at a time.
inline std::vector<Digest> content_leaves(std::uint64_t length) {
  constexpr std::uint64_t kBlock = 16384;
  std::vector<Digest> leaves;
  for (std::uint64_t at = 0; at < length; at += kBlock) {
    leaves.push_back(sha256(content(at, std::min(kBlock, length - at))));
  }
  return leaves;
}

}  // namespace shoal::test
