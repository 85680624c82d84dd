#pragma once

#include <cstdint>
#include <fstream>
#include <ostream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "metainfo/file_tree.hpp"
#include "support/vectors.hpp"

/// The folders of tests/data/folder_vectors.json: what libtorrent 2.0.8 made of them.
namespace shoal::test {

struct FolderVector {
  std::string id;
  std::string name;
  std::uint32_t piece_length = 0;
  bool single_file = false;  ///< what stock clients take for a file without a folder around it
  std::uint32_t pieces = 0;
  std::uint64_t total_length = 0;
  std::vector<TreeEntry> entries;  ///< in the tree's order
  std::vector<std::uint32_t> first_pieces;
  std::vector<std::uint64_t> seeds;  ///< of the files' content: folder_content()
  Digest piece_layers;               ///< SHA-256 of all layers, bencoded by their roots
  Bytes info_dict;
  InfoHash info_hash;

  friend void PrintTo(const FolderVector& vector, std::ostream* out) { *out << vector.id; }
};

inline FolderVector folder_vector_of(const nlohmann::json& json) {
  FolderVector vector;
  vector.id = json.at("id");
  vector.name = json.at("name");
  vector.piece_length = json.at("piece_length");
  vector.single_file = json.at("single_file");
  vector.pieces = json.at("num_pieces");
  vector.total_length = json.at("total_length");
  for (const auto& file : json.at("files")) {
    TreeEntry& entry = vector.entries.emplace_back();
    entry.path = file.at("path");
    entry.length = file.value("length", std::uint64_t{0});
    if (file.contains("root")) entry.root = digest_of(file.at("root"));
    if (file.contains("symlink")) {
      entry.kind = TreeEntry::Kind::link;
      entry.target = file.at("symlink");
    } else {  // links have that attribute always
      entry.executable = file.value("attr", std::string()).contains('x');
    }
    vector.first_pieces.push_back(file.value("first_piece", std::uint32_t{0}));
    vector.seeds.push_back(file.value("seed", std::uint64_t{0}));
  }
  vector.piece_layers = digest_of(json.at("piece_layers_sha256"));
  vector.info_dict = bytes_of(json.at("info_dict_hex"));
  vector.info_hash.bytes = digest_of(json.at("info_hash")).bytes;
  return vector;
}

inline const std::vector<FolderVector>& folder_vectors() {
  static const std::vector<FolderVector> all = [] {
    std::ifstream file(SHOAL_TEST_DATA "/folder_vectors.json");
    const nlohmann::json document = nlohmann::json::parse(file);
    std::vector<FolderVector> read;
    for (const auto& json : document.at("vectors")) read.push_back(folder_vector_of(json));
    return read;
  }();
  return all;
}

/// What is in a file of a vector.
inline std::string folder_content(std::uint64_t length, std::uint64_t seed) {
  std::string content(length, 0);
  for (std::uint64_t i = 0; i < length; ++i) {
    content[i] = static_cast<char>((i * 7 + seed * 13 + (i >> 8)) & 255);
  }
  return content;
}

}  // namespace shoal::test
