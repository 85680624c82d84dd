#include "support/files.hpp"

#include <algorithm>
#include <fstream>
#include <random>
#include <stdexcept>
#include <vector>

#include "hash/merkle.hpp"
#include "hash/sha256.hpp"
#include "metainfo/geometry.hpp"

namespace shoal::test {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kChunk = 1 << 20;

void write(std::ofstream& out, BytesView bytes) {
  out.write(as_text(bytes).data(), static_cast<std::streamsize>(bytes.size()));
}

std::size_t read(std::ifstream& in, Bytes& into) {
  in.read(reinterpret_cast<char*>(into.data()), static_cast<std::streamsize>(into.size()));
  return static_cast<std::size_t>(in.gcount());
}

}  // namespace

fs::path make_file(const fs::path& path, std::uint64_t size, std::uint64_t seed) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  std::mt19937_64 random(seed);
  Bytes chunk(kChunk);
  for (std::uint64_t done = 0; done < size;) {
    const auto part = static_cast<std::size_t>(std::min<std::uint64_t>(kChunk, size - done));
    for (std::size_t at = 0; at < kChunk; at += 8) store_be<std::uint64_t>(random(), &chunk[at]);
    write(out, BytesView(chunk).first(part));
    done += part;
  }
  if (!out.flush()) throw std::runtime_error("cannot write " + path.string());
  return path;
}

fs::path make_sparse_file(const fs::path& path, std::uint64_t size, std::uint64_t step) {
  constexpr std::uint64_t kMark = 1000;
  make_file(path, 0);
  fs::resize_file(path, size);
  std::fstream out(path, std::ios::binary | std::ios::in | std::ios::out);
  const auto mark = [&](std::uint64_t at) {
    out.seekp(static_cast<std::streamoff>(at));
    for (std::uint64_t i = 0; i < kMark; ++i) out.put(static_cast<char>((at + i) % 251 + 1));
  };
  mark(0);
  for (std::uint64_t at = step; at + kMark < size; at += step) mark(at - kMark / 2);
  mark(size - kMark);
  if (!out.flush()) throw std::runtime_error("cannot write " + path.string());
  return path;
}

Bytes read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  Bytes content(fs::file_size(path));
  if (read(in, content) != content.size()) throw std::runtime_error("cannot read " + path.string());
  return content;
}

std::vector<Digest> leaves_of(BytesView content) {
  std::vector<Digest> leaves;
  for (; !content.empty();
       content = content.subspan(std::min<std::size_t>(kBlockLength, content.size()))) {
    leaves.push_back(sha256(content.first(std::min<std::size_t>(kBlockLength, content.size()))));
  }
  return leaves;
}

FileInfo identify(const fs::path& path) {
  const Bytes content = read_file(path);
  FileInfo file{path.filename().string(), content.size(), piece_length_for(content.size()), {}};
  const std::vector<Digest> leaves = leaves_of(content);
  if (!leaves.empty()) file.root = merkle::fold(leaves, 0, merkle::height_for(leaves.size()));
  return file;
}

}  // namespace shoal::test
