#include "torrent/content/content.hpp"

#include "hash/sha256.hpp"
#include "metainfo/info_dict.hpp"

namespace shoal::torrent {
namespace {

// Of one wanted file. Who takes back what it has makes us look through them.
constexpr std::size_t kMostEquals = 16;

}  // namespace

Content::Content(FileInfo file, const Geometry& geometry, std::optional<Bytes> info_dictionary)
    : file_(std::move(file)),
      info_dictionary_(info_dictionary ? std::move(*info_dictionary) : info_dict(file_)),
      info_hash_{sha256(info_dictionary_).bytes},
      private_(shoal::is_private(info_dictionary_)),
      layers_({geometry, file_.root}),
      wanted_bytes_(geometry.length()),
      wanted_pieces_(geometry.pieces()),
      have_(geometry.pieces()),
      files_(space()) {}

Content::Content(FileInfo folder, std::shared_ptr<const FileTree> tree, Bytes info_dictionary)
    : file_(std::move(folder)),
      info_dictionary_(std::move(info_dictionary)),
      info_hash_{file_.root.bytes},
      private_(shoal::is_private(info_dictionary_)),
      layers_(PieceSpace(std::move(tree))),
      wanted_bytes_(space().length()),
      wanted_pieces_(space().pieces()),
      have_(space().pieces()),
      files_(space()) {}

bool Content::has_layers() const {
  for (std::uint32_t i = 0; i < space().files(); ++i) {
    const auto file = space().file(FileIndex{i});
    if (file && wants(*file) && !layers_.has(*file)) return false;
  }
  return true;
}

void Content::want_only(std::span<const FileIndex> files) {
  unwanted_ = Bitfield(space().pieces());
  unwanted_.set_all();
  wanted_bytes_ = 0;
  wanted_pieces_ = 0;
  files_.want_none();
  for (const FileIndex index : files) {
    const auto file = space().file(index);
    if (!file || wants(*file)) continue;
    const std::uint32_t end = file->first_piece + file->geometry.pieces();
    for (std::uint32_t i = file->first_piece; i < end; ++i) unwanted_.reset(i);
    files_.want(space(), index);
    wanted_bytes_ += file->geometry.length();
    wanted_pieces_ += file->geometry.pieces();
  }
  if (!unwanted_.none()) look_for_equals();
}

void Content::look_for_equals() {
  layers_.for_each_group([&](std::span<const std::uint32_t> files) {
    const auto file_at = [&](std::uint32_t file) { return *space().file(FileIndex{file}); };
    const auto wanted =
        std::ranges::find_if(files, [&](std::uint32_t file) { return wants(file_at(file)); });
    if (wanted == files.end()) return;
    const FileOfPieces to = file_at(*wanted);
    std::size_t heeded = 0;
    for (const std::uint32_t file : files) {
      const FileOfPieces from = file_at(file);
      if (wants(from) || from.geometry != to.geometry) continue;
      equals_.push_back({from.first_piece, to.first_piece, to.geometry.pieces()});
      if (++heeded == kMostEquals) return;
    }
  });
  by_wanted_ = equals_;
  std::ranges::sort(equals_, {}, &Equal::unwanted);
  std::ranges::sort(by_wanted_, {}, &Equal::wanted);
}

PieceIndex Content::wanted_as(PieceIndex piece) const {
  if (equals_.empty() || wants(piece)) return piece;
  auto next = std::ranges::upper_bound(equals_, value(piece), {}, &Equal::unwanted);
  if (next == equals_.begin()) return piece;
  const Equal& one = *--next;
  const std::uint32_t offset = value(piece) - one.unwanted;
  return offset < one.pieces ? PieceIndex{one.wanted + offset} : piece;
}

void Content::add_copy(const FileOfPieces& file) {
  if (wants(file)) return;
  files_.want(space(), file.file);
  wanted_bytes_ += file.geometry.length();
  wanted_pieces_ += file.geometry.pieces();
  for (std::uint32_t i = 0; i < file.geometry.pieces(); ++i) {
    const PieceIndex piece = file.in_torrent(PieceIndex{i});
    unwanted_.reset(value(piece));
    add(piece);
  }
}

std::optional<PieceIndex> Content::piece_to_answer(const merkle::HashRequest& request) const {
  for (const PieceIndex piece : layers_.pieces_of(request)) {
    if (has(piece)) return piece;
  }
  return std::nullopt;
}

Bitfield Content::not_missing() const {
  Bitfield pieces = have_;
  for (std::uint32_t i = 0; i < unwanted_.size(); ++i) {
    if (unwanted_.test(i)) pieces.set(i);
  }
  return pieces;
}

void Content::add(PieceIndex piece) {
  if (has(piece)) return;
  have_.set(value(piece));
  files_.add(space(), piece);
  bytes_ += space().size(piece);
}

void Content::remove(PieceIndex piece) {
  if (!has(piece)) return;
  have_.reset(value(piece));
  files_.remove(space(), piece);
  bytes_ -= space().size(piece);
}

void Content::add_all() {
  have_.set_all();
  files_.add_all();
  bytes_ = space().length();
}

}  // namespace shoal::torrent
