#include "storage/folder_hasher.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <dirent.h>
#include <fstream>
#include <memory>
#include <mutex>
#include <ostream>
#include <stdexcept>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gmock/gmock.h>

#include "hash/sha256.hpp"
#include "metainfo/tree_dictionary.hpp"
#include "storage/file_hasher.hpp"
#include "storage/known_files.hpp"
#include "support/descriptor.hpp"
#include "support/folder_vectors.hpp"
#include "support/temp_dir.hpp"

namespace shoal::storage::folder_hasher_test {
namespace {

namespace fs = std::filesystem;

using std::chrono::hours;
using test::FolderVector;
using test::TempDir;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Several files of at most that much are read at a time; longer ones in stretches of 4 MiB.
constexpr std::uint64_t kSmall = 512 << 10;
constexpr std::uint64_t kLarge = kSmall + 1;

std::ptrdiff_t threads_now() {
  return std::distance(fs::directory_iterator("/proc/self/task"), fs::directory_iterator());
}

std::size_t descriptors_now() {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator()));
}

class FolderHasher : public testing::Test {
 protected:
  fs::path file(const std::string& path, std::string_view content = "x") const {
    fs::create_directories((top_ / path).parent_path());
    return dir_.write("photos/" + path, content);
  }
  fs::path file(const std::string& path, std::uint64_t length, std::uint64_t seed) const {
    return file(path, test::folder_content(length, seed));
  }
  [[nodiscard]] Result<HashedFolder> hashed() const { return hash_folder(top_, "photos", how_); }
  [[nodiscard]] Error error() const {
    const auto done = hashed();
    return done ? Error{} : done.error();
  }
  /// While the first of 12 MiB are hashed, once.
  void meanwhile(std::function<void()> happens) {
    file("a large one comes first", std::uint64_t{12} << 20, 1);
    // Nobody goes on before it has happened.
    how_.progress = [happens, once = std::make_shared<std::once_flag>()](
                        std::uint64_t, std::uint64_t) { std::call_once(*once, happens); };
  }
  [[nodiscard]] static Digest root(const HashedFolder& folder, std::string_view path) {
    return *(*folder.tree)[folder.tree->find(path).value()].root;
  }

  const TempDir dir_;
  const fs::path top_ = dir_ / "photos";
  FolderHashing how_{.threads = 2};
};

// ---- what it finds -------------------------------------------------------------

void write_on_disk(const FolderVector& vector, const fs::path& top) {
  for (std::size_t i = 0; i < vector.entries.size(); ++i) {
    const TreeEntry& entry = vector.entries[i];
    const fs::path path = top / entry.path;
    fs::create_directories(path.parent_path());
    if (entry.kind == TreeEntry::Kind::link) {
      fs::create_symlink(entry.target, path);
      continue;
    }
    std::ofstream(path, std::ios::binary) << test::folder_content(entry.length, vector.seeds[i]);
    if (entry.executable) fs::permissions(path, fs::perms::owner_all);
  }
}

Digest hash_of_layers(const std::vector<FileLayer>& layers) {
  std::string bencoded = "d";
  for (const FileLayer& layer : layers) {
    bencoded += "32:" + std::string(as_text(layer.root.bytes));
    bencoded += std::to_string(layer.nodes.size() * sizeof(Digest)) + ":";
    for (const Digest& node : layer.nodes) bencoded += as_text(node.bytes);
  }
  return sha256(as_bytes(bencoded + "e"));
}

TEST_F(FolderHasher, finds_what_stock_clients_find) {
  for (const FolderVector& vector : test::folder_vectors()) {
    SCOPED_TRACE(vector.id);
    if (vector.single_file || vector.id == "one_file_of_the_same_name") continue;
    const TempDir dir;
    write_on_disk(vector, dir.path());
    for (const unsigned threads : {1U, 3U}) {
      const auto found = hash_folder(dir.path(), vector.name,
                                     {.threads = threads, .piece_length = vector.piece_length});
      ASSERT_TRUE(found) << found.error().message;
      const Digest hash = sha256(tree_dictionary(*found->tree));
      EXPECT_EQ(hash.bytes, vector.info_hash.bytes);
      EXPECT_EQ(hash_of_layers(found->layers), vector.piece_layers);
      EXPECT_THAT(found->left_out, IsEmpty());
    }
  }
}

TEST_F(FolderHasher, hashes_files_of_all_sizes_as_they_are_hashed_by_themselves) {
  const std::vector<std::uint64_t> lengths{1,      16384,  16385,   65536,         kSmall - 1,
                                           kSmall, kLarge, 4 << 20, (4 << 20) + 1, (12 << 20) + 1,
                                           3};
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    file("sub" + std::to_string(i % 3) + "/f" + std::to_string(i), lengths[i], i);
  }
  const auto found = hashed();
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->tree->piece_length(), piece_length_for(lengths));
  std::size_t layers = 0;
  for (std::uint32_t i = 0; i < found->tree->size(); ++i) {
    const FileTree::View one = (*found->tree)[FileIndex{i}];
    SCOPED_TRACE(one.path);
    const File there = File::open_to_read(top_ / one.path).value();
    const Geometry geometry = *Geometry::make(one.length, found->tree->piece_length());
    const auto layer = hash_file(there, geometry, 1, {}, {}).value();
    EXPECT_EQ(*one.root, root_of(geometry, layer));
    EXPECT_EQ(found->versions[i], there.version().value());
    if (geometry.pieces() == 1) continue;
    EXPECT_THAT(found->layers, testing::Contains(FileLayer{*one.root, layer}));
    ++layers;
  }
  EXPECT_EQ(found->layers.size(), layers);
  EXPECT_GT(layers, 2U);
}

TEST_F(FolderHasher, has_one_layer_for_equal_files) {
  file("a", 3'000'000, 1);
  file("b/c", 3'000'000, 1);
  file("d", 3'000'000, 2);
  const auto found = hashed();
  ASSERT_TRUE(found);
  EXPECT_EQ(root(*found, "a"), root(*found, "b/c"));
  ASSERT_EQ(found->layers.size(), 2U);
  EXPECT_LT(found->layers[0].root, found->layers[1].root);
}

TEST_F(FolderHasher, tells_what_is_left_out_and_has_empty_files_and_links) {
  file("empty", "");
  file("sub/full", "y");
  fs::create_symlink("sub", top_ / "link");
  fs::create_symlink("/etc/passwd", top_ / "outside");
  fs::create_directory(top_ / "nothing");
  const auto found = hashed();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->tree->size(), 3U);
  EXPECT_EQ(found->versions[1], FileVersion{});
  EXPECT_EQ(found->left_out_count, 2U);
  EXPECT_THAT(found->left_out, ElementsAre(HasSubstr("outside"), HasSubstr("nothing")));
  how_.links = Links::refuse;
  EXPECT_THAT(error().message, HasSubstr("outside is a link"));
}

TEST_F(FolderHasher, begins_at_a_link_to_the_folder) {
  file("a", "content");
  fs::create_directory_symlink(top_, dir_ / "other");
  const auto found = hash_folder(dir_ / "other", "photos", how_);
  ASSERT_TRUE(found);
  EXPECT_EQ(root(*found, "a"), root(hashed().value(), "a"));
}

TEST_F(FolderHasher, tells_all_there_is_and_then_comes_to_just_that) {
  file("empty", "");
  file("small", 70'000, 1);
  file("large", 5'000'000, 2);
  fs::create_symlink("small", top_ / "link");
  std::vector<std::uint64_t> found;
  std::atomic<std::uint64_t> bytes = 0;
  std::atomic<std::uint64_t> files = 0;
  how_.on_found = [&](std::uint64_t all, std::uint64_t count) {
    EXPECT_EQ(bytes + files, 0U);
    found = {all, count};
  };
  how_.progress = [&](std::uint64_t more, std::uint64_t count) {
    bytes += more;
    files += count;
  };
  ASSERT_TRUE(hashed());
  EXPECT_THAT(found, ElementsAre(5'070'000U, 3U));
  EXPECT_EQ(bytes, 5'070'000U);
  EXPECT_EQ(files, 3U);
}

// ---- what it refuses -----------------------------------------------------------

TEST_F(FolderHasher, refuses_a_folder_with_nothing_in_it_that_can_be_offered) {
  EXPECT_THAT(error().message, HasSubstr("photos"));
  fs::create_directories(top_ / "empty");
  EXPECT_THAT(error().message, HasSubstr("no file"));
}

TEST_F(FolderHasher, refuses_one_file_of_the_folders_own_name_which_is_the_file_by_itself) {
  file("photos", "x");
  EXPECT_THAT(error().message, HasSubstr("photos/photos by itself"));
  file("second", "x");
  EXPECT_TRUE(hashed());
}

TEST_F(FolderHasher, refuses_more_pieces_than_a_tree_may_have_before_it_reads_any) {
  fs::resize_file(file("a"), std::uint64_t{20} << 30);
  fs::resize_file(file("b"), std::uint64_t{20} << 30);
  how_.piece_length = 16384;
  how_.on_found = [](std::uint64_t, std::uint64_t) { FAIL() << "it goes on"; };
  EXPECT_THAT(error().message, HasSubstr("photos cannot be offered: it has more than 2097152"));
  fs::resize_file(file("b"), std::uint64_t{40} << 30);
  EXPECT_THAT(error().message, HasSubstr("photos/b cannot be offered"));
}

TEST_F(FolderHasher, refuses_names_that_no_folder_may_have) {
  file("a");
  EXPECT_EQ(hash_folder(top_, "a/b", how_).error().code, Errc::bad_name);
}

TEST_F(FolderHasher, refuses_what_may_not_be_read) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may read everything";
  fs::permissions(file("b/closed"), fs::perms::none);
  EXPECT_THAT(error().message, HasSubstr("b/closed"));
}

// ---- what others do meanwhile ----------------------------------------------------

struct Meddling {
  const char* name;
  std::uint64_t length;
  void (*meddle)(const fs::path& path);
  const char* told;

  friend void PrintTo(const Meddling& one, std::ostream* out) { *out << one.name; }
};

void set_back(const fs::path& path) {
  fs::last_write_time(path, fs::file_time_type::clock::now() - hours(1));
}

class FolderHasherMeddledWith : public FolderHasher,
                                public testing::WithParamInterface<Meddling> {};

TEST_P(FolderHasherMeddledWith, names_the_file) {
  const fs::path path = file("sub/meddled", GetParam().length, 2);
  meanwhile([&] { GetParam().meddle(path); });
  const std::ptrdiff_t threads = threads_now();
  const std::size_t descriptors = descriptors_now();
  const Error told = error();
  EXPECT_EQ(told.code, Errc::io);
  EXPECT_THAT(told.message, HasSubstr("sub/meddled " + std::string(GetParam().told)));
  EXPECT_THAT(told.message, HasSubstr("try again"));
  EXPECT_EQ(threads_now(), threads);
  EXPECT_EQ(descriptors_now(), descriptors);
}

constexpr const char* kGone = "was moved, deleted or replaced";
constexpr const char* kChanged = "was changed while it was being hashed";

INSTANTIATE_TEST_SUITE_P(
    Ways, FolderHasherMeddledWith,
    testing::Values(
        Meddling{"longer", 1000, [](const fs::path& path) { fs::resize_file(path, 1001); },
                 kChanged},
        Meddling{"shorter", 1000, [](const fs::path& path) { fs::resize_file(path, 10); },
                 kChanged},
        Meddling{"written", 1000, set_back, kChanged},
        Meddling{"large_written", kLarge, set_back, kChanged},
        Meddling{"large_shorter", kLarge, [](const fs::path& path) { fs::resize_file(path, 10); },
                 kChanged},
        Meddling{"deleted", 1000, [](const fs::path& path) { fs::remove(path); }, kGone},
        Meddling{"large_deleted", kLarge, [](const fs::path& path) { fs::remove(path); }, kGone},
        Meddling{"replaced", 1000,
                 [](const fs::path& path) {
                   const fs::path other = path.parent_path() / "other";
                   fs::copy_file(path, other);
                   fs::last_write_time(other, fs::last_write_time(path));
                   fs::rename(other, path);
                 },
                 kChanged},
        Meddling{"replaced_by_a_link_to_itself", 1000,
                 [](const fs::path& path) {
                   fs::rename(path, path.parent_path() / "moved");
                   fs::create_symlink("moved", path);
                 },
                 kGone},
        Meddling{"in_a_folder_that_became_a_link", kLarge,
                 [](const fs::path& path) {
                   const fs::path folder = path.parent_path();
                   const fs::path moved = folder.parent_path().parent_path() / "elsewhere";
                   fs::rename(folder, moved);
                   fs::create_symlink(moved, folder);
                 },
                 kGone},
        Meddling{"replaced_by_a_pipe", 1000,
                 [](const fs::path& path) {
                   fs::remove(path);
                   ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
                 },
                 kChanged},
        Meddling{"large_replaced_by_a_folder", kLarge,
                 [](const fs::path& path) {
                   fs::remove(path);
                   fs::create_directory(path);
                 },
                 kChanged}),
    [](const auto& way) { return std::string(way.param.name); });

TEST_F(FolderHasher, names_a_large_file_that_is_changed_while_it_is_read) {
  meanwhile([&] { set_back(top_ / "a large one comes first"); });
  EXPECT_THAT(error().message, HasSubstr("a large one comes first was changed"));
}

TEST_F(FolderHasher, names_a_large_file_that_is_cut_short_while_it_is_read) {
  meanwhile([&] { fs::resize_file(top_ / "a large one comes first", 1 << 20); });
  EXPECT_THAT(error().message, HasSubstr("a large one comes first was changed while"));
}

TEST_F(FolderHasher, does_not_mind_files_that_appear_meanwhile) {
  file("b");
  meanwhile([&] { file("new"); });
  const auto found = hashed();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->tree->size(), 2U);
}

TEST_F(FolderHasher, ends_soon_when_it_is_told_to) {
  for (int i = 0; i < 20; ++i) file("f" + std::to_string(i), std::uint64_t{2} << 20, 1);
  std::stop_source stop;
  std::atomic<std::uint64_t> bytes = 0;
  meanwhile([&] { stop.request_stop(); });
  how_.progress = [&, before = how_.progress](std::uint64_t more, std::uint64_t files) {
    bytes += more;
    before(more, files);
  };
  how_.stop = stop.get_token();
  const std::ptrdiff_t threads = threads_now();
  EXPECT_EQ(error().code, Errc::cancelled);
  EXPECT_LE(bytes, 2 * kSmall);
  EXPECT_EQ(threads_now(), threads);
}

TEST_F(FolderHasher, makes_an_error_of_what_the_progress_throws) {
  meanwhile([] { throw std::runtime_error("no room for a number"); });
  const std::ptrdiff_t threads = threads_now();
  EXPECT_THAT(error().message, HasSubstr("no room for a number"));
  EXPECT_EQ(threads_now(), threads);
}

// ---- much ------------------------------------------------------------------------

/// How many descriptors the process may have, for as long as it lives.
class FewDescriptors {
 public:
  explicit FewDescriptors(::rlim_t more) {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const test::Descriptor next(::dup(0));
    const ::rlimit few{static_cast<::rlim_t>(next.get()) + more, before_.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &few);
  }
  FewDescriptors(const FewDescriptors&) = delete;
  FewDescriptors& operator=(const FewDescriptors&) = delete;
  ~FewDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  ::rlimit before_{};
};

TEST_F(FolderHasher, takes_few_descriptors_for_many_files) {
  for (int i = 0; i < 3000; ++i) file(std::to_string(i % 30) + "/" + std::to_string(i), "few");
  file("0/large", kLarge, 1);
  file("1/large", kLarge, 2);
  how_.threads = 3;
  const FewDescriptors few(8);
  const auto found = hashed();
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->tree->size(), 3002U);
}

// ---- what is known from before -----------------------------------------------------

/// A layer that nobody would find by hashing.
std::vector<Digest> told(const Geometry& geometry) {
  std::vector<Digest> layer(geometry.pieces());
  for (Digest& node : layer) node.bytes[0] = std::byte{7};
  return layer;
}

class FolderHasherWithCache : public FolderHasher {
 protected:
  [[nodiscard]] static FileVersion version(const fs::path& path) {
    struct stat status {};
    EXPECT_EQ(::stat(path.c_str(), &status), 0);
    return version_of(status);
  }
  /// Has `told()` in the cache for a file.
  void let_know(const fs::path& path, const Geometry& geometry) const {
    const auto later = std::chrono::system_clock::now() + hours(1);
    if (geometry.length() > kSmall) {
      return cache_.keep(version(path), geometry, told(geometry), later);
    }
    FilesToKnow known(geometry.piece_length());
    known.add(version(path), root_of(geometry, told(geometry)), told(geometry));
    std::move(known).keep(cache_, version(top_).identity);
  }

  const LayerCache cache_{dir_ / "cache"};
};

TEST_F(FolderHasherWithCache, reads_no_file_that_it_knows) {
  for (const std::uint64_t length :
       {std::uint64_t{1}, std::uint64_t{100'000}, kSmall, kLarge, std::uint64_t{9'000'000}}) {
    SCOPED_TRACE(length);
    how_ = {.threads = 2};
    const fs::path path = file("sub/known", length, 1);
    file("unknown", length, 2);
    const auto without = hashed();
    ASSERT_TRUE(without);
    const Geometry geometry = *Geometry::make(length, without->tree->piece_length());
    let_know(path, geometry);
    std::atomic<std::uint64_t> bytes = 0;
    std::atomic<std::uint64_t> files = 0;
    how_.cache = &cache_;
    how_.progress = [&](std::uint64_t more, std::uint64_t count) {
      bytes += more;
      files += count;
    };
    const auto with = hashed();
    ASSERT_TRUE(with);
    EXPECT_EQ(root(*with, "sub/known"), root_of(geometry, told(geometry)));
    EXPECT_EQ(root(*with, "unknown"), root(*without, "unknown"));
    EXPECT_EQ(bytes, 2 * length);
    EXPECT_EQ(files, 2U);
  }
}

TEST_F(FolderHasherWithCache, reads_what_was_touched_since) {
  const fs::path path = file("known", 100'000, 1);
  const Geometry geometry = *Geometry::make(100'000, piece_length_for(100'000));
  let_know(path, geometry);
  set_back(path);
  how_.cache = &cache_;
  EXPECT_NE(root(hashed().value(), "known"), root_of(geometry, told(geometry)));
}

TEST_F(FolderHasherWithCache, remembers_no_file_that_was_changed_just_now) {
  file("a", 100'000, 1);
  file("large", kLarge, 1);
  how_.cache = &cache_;
  ASSERT_TRUE(hashed());
  EXPECT_FALSE(fs::exists(dir_ / "cache"));
}

TEST_F(FolderHasherWithCache, remembers_what_it_read_of_files_that_have_been_quiet) {
  how_.cache = &cache_;
  how_.piece_length = 16384;
  // These were not made just now.
  const auto found = hash_folder(SHOAL_TEST_DATA, "data", how_);
  ASSERT_TRUE(found);
  const FileIdentity folder = version(SHOAL_TEST_DATA).identity;
  const KnownFiles known = KnownFiles::load(cache_, folder);
  int checked = 0;
  for (std::uint32_t i = 0; i < found->tree->size(); ++i) {
    const FileTree::View one = (*found->tree)[FileIndex{i}];
    SCOPED_TRACE(one.path);
    if (one.length == 0 || one.length > kSmall) continue;
    const Geometry geometry = *Geometry::make(one.length, 16384);
    const auto layer = known.find(found->versions[i], geometry);
    ASSERT_TRUE(layer);
    EXPECT_EQ(root_of(geometry, *layer), *one.root);
    ++checked;
  }
  EXPECT_GT(checked, 0);
  const auto again = hash_folder(SHOAL_TEST_DATA, "data", how_);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->layers, found->layers);
  EXPECT_EQ(tree_dictionary(*again->tree), tree_dictionary(*found->tree));
}

}  // namespace
}  // namespace shoal::storage::folder_hasher_test
