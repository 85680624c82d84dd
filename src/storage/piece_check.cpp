#include "storage/piece_check.hpp"

#include <algorithm>
#include <cstring>

#include "hash/sha256.hpp"
#include "storage/file_hasher.hpp"

namespace shoal::storage {
namespace {

constexpr std::uint64_t kReadAtOnce = 1 << 20;  // about so much, before others hear of it
constexpr std::uint64_t kPiecesAtOnce = 4096;   // the same where nothing is read

Digest node_of_zeros(const Geometry& geometry) {
  Digest node = sha256(Bytes(kBlockLength));
  for (int level = 0; level < geometry.fold_height(); ++level) node = sha256_pair(node, node);
  return node;
}

bool is_zeros(BytesView data) {
  return data.front() == std::byte{0} &&
         std::memcmp(data.data(), data.data() + 1, data.size() - 1) == 0;
}

}  // namespace

PieceCheck::PieceCheck(const File& file, const Geometry& geometry, bool fresh)
    : file_(file), geometry_(geometry), fresh_(fresh), zeros_(node_of_zeros(geometry)) {}

std::vector<std::optional<Digest>> PieceCheck::look_at(std::uint64_t first) {
  const std::uint64_t length = geometry_.piece_length();
  Nodes nodes;
  std::uint64_t read = 0;
  while (first + nodes.size() < geometry_.pieces()) {
    if (read >= kReadAtOnce || nodes.size() >= kPiecesAtOnce) break;
    const std::uint64_t next = first + nodes.size();
    const std::uint64_t hole = bytes_in_hole(next * length);
    std::uint64_t pieces = hole / length;  // whole ones
    if (fresh_ && pieces > 0) {
      nodes.insert(nodes.end(), std::min(pieces, kPiecesAtOnce - nodes.size()), zeros_);
      continue;
    }
    if (fresh_ && hole == 0) {
      nodes.emplace_back();
      continue;
    }
    pieces = std::clamp<std::uint64_t>(pieces, 1, std::max<std::uint64_t>(kReadAtOnce / length, 1));
    read += pieces * length;
    if (hole >= length && reads_as_zeros(next * length, (next + pieces) * length)) {
      nodes.insert(nodes.end(), pieces, zeros_);
    } else {
      hash(next, pieces, nodes);
    }
  }
  return nodes;
}

/// How far it is to the next data.
std::uint64_t PieceCheck::bytes_in_hole(std::uint64_t begin) {
  if (begin >= data_.end) data_ = file_.next_data(begin, geometry_.length());
  return data_.begin - std::min(begin, data_.begin);
}

bool PieceCheck::reads_as_zeros(std::uint64_t begin, std::uint64_t end) {
  buffer_.resize(kReadAtOnce);
  while (begin < end) {
    const MutableBytes some(buffer_.data(), std::min<std::uint64_t>(end - begin, buffer_.size()));
    if (!file_.read_at(begin, some) || !is_zeros(some)) return false;
    begin += some.size();
  }
  return true;
}

void PieceCheck::hash(std::uint64_t first, std::uint64_t count, Nodes& nodes) const {
  for (std::uint64_t i = first; i < first + count; ++i) {
    const auto node = hash_piece(file_, geometry_, *geometry_.piece(i));
    nodes.push_back(node ? std::optional(*node) : std::nullopt);
  }
}

}  // namespace shoal::storage
