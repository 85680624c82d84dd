#include "metainfo/info_dict.hpp"

#include <algorithm>
#include <optional>
#include <string_view>

#include "base/bencode.hpp"
#include "base/bencode_reader.hpp"
#include "hash/sha256.hpp"
#include "metainfo/file_tree.hpp"
#include "metainfo/geometry.hpp"
#include "metainfo/name.hpp"

namespace shoal {
namespace {

using bencode::Dict;
using bencode::Value;

std::unexpected<Error> bad(std::string what) {
  return fail(Errc::bad_input, "info dictionary: " + std::move(what));
}

/// The one entry of a dictionary that has exactly one.
const Dict::value_type* only_entry(const Value* value) {
  const Dict* const dict = value != nullptr ? value->dict() : nullptr;
  return dict != nullptr && dict->size() == 1 ? &*dict->begin() : nullptr;
}

std::optional<std::uint64_t> unsigned_at(const Value& dict, std::string_view key) {
  const auto number = dict.number_at(key);
  if (!number || *number < 0) return std::nullopt;
  return static_cast<std::uint64_t>(*number);
}

}  // namespace

Bytes info_dict(const FileInfo& file) {
  Dict entry{{"length", static_cast<std::int64_t>(file.length)}};
  if (file.length > 0) entry.emplace("pieces root", as_text(file.root.bytes));
  return bencode::encode(Dict{
      {"file tree", Dict{{file.name, Dict{{"", std::move(entry)}}}}},
      {"meta version", 2},
      {"name", file.name},
      {"piece length", std::int64_t{file.piece_length}},
  });
}

InfoHash info_hash(const FileInfo& file) {
  if (file.folder) return InfoHash{file.root.bytes};
  return InfoHash{sha256(info_dict(file)).bytes};
}

Result<FileInfo> parse_info_dict(BytesView bytes) {
  const auto parsed = bencode::parse(bytes);
  if (!parsed) return bad(parsed.error().message);
  if (parsed->find("meta version") == nullptr && parsed->find("pieces") != nullptr) {
    return bad(
        "it is of BitTorrent v1; only v2 content can be fetched, so ask for a v2 or hybrid one");
  }
  if (parsed->number_at("meta version") != 2) return bad("not of meta version 2 (BEP 52)");

  const auto* const named = only_entry(parsed->find("file tree"));
  if (named == nullptr)
    return bad("it holds several files or none; only single files are supported");
  const auto* const file = only_entry(&named->second);
  if (file == nullptr || !file->first.empty()) {
    return bad("it holds a folder; only single files are supported");
  }
  if (auto allowed = check_name(named->first); !allowed) return std::unexpected(allowed.error());

  const auto length = unsigned_at(file->second, "length");
  const auto piece_length = unsigned_at(*parsed, "piece length");
  if (!length || !piece_length) return bad("length or piece length is missing or negative");
  if (*piece_length > kMaxPieceLength) {
    return bad("a piece length of " + std::to_string(*piece_length) + " bytes; the most is " +
               std::to_string(kMaxPieceLength));
  }
  FileInfo info{named->first, *length, static_cast<std::uint32_t>(*piece_length), Digest{}};
  // An empty file has no tree; its piece length must make sense all the same.
  if (auto geometry = Geometry::make(std::max<std::uint64_t>(info.length, 1), info.piece_length);
      !geometry) {
    return bad(geometry.error().message);
  }
  if (info.length > 0) {
    const std::string* const root = file->second.text_at("pieces root");
    if (root == nullptr || root->size() != info.root.bytes.size()) {
      return bad("the pieces root is missing or not 32 bytes");
    }
    std::ranges::copy(as_bytes(*root), info.root.bytes.begin());
  }
  return info;
}

bool is_private(BytesView info_dictionary) {
  using bencode::Reader;
  // That of a folder may be large, and its tree comes first. Nothing in here is kept.
  constexpr int kDepth = static_cast<int>(kMaxElements) + 4;
  Reader reader(info_dictionary, {.depth = kDepth, .values = info_dictionary.size()});
  if (reader.kind() != Reader::Kind::dict || !reader.open()) return false;
  std::optional<std::string_view> before;
  for (;;) {
    const auto key = reader.key(before);
    if (!key || !*key) return false;
    before = *key;
    if (**key == "private" && reader.kind() == Reader::Kind::number) return reader.number() == 1;
    if (!reader.skip()) return false;
  }
}

}  // namespace shoal
