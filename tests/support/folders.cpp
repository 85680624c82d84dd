#include "support/folders.hpp"

#include <fstream>
#include <iterator>

#include "support/files.hpp"

namespace shoal::test {
namespace fs = std::filesystem;

FolderContent content_of(const fs::path& folder) {
  FolderContent content;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
    const std::string path = entry.path().lexically_relative(folder).string();
    if (entry.is_symlink()) {
      content[path] = "-> " + fs::read_symlink(entry.path()).string();
    } else if (entry.is_directory()) {
      content[path] = "/";
    } else {
      std::ifstream in(entry.path(), std::ios::binary);
      const bool executable =
          (entry.status().permissions() & fs::perms::owner_exec) != fs::perms::none;
      content[path] =
          (executable ? "x " : "") + std::string(std::istreambuf_iterator<char>(in), {});
    }
  }
  return content;
}

testing::AssertionResult same_folder(const fs::path& a, const fs::path& b) {
  if (!fs::is_directory(b)) return testing::AssertionFailure() << b << " is not there";
  const FolderContent in_a = content_of(a);
  const FolderContent in_b = content_of(b);
  auto result = testing::AssertionFailure();
  bool same = true;
  for (const auto& [path, content] : in_a) {
    const auto found = in_b.find(path);
    if (found != in_b.end() && found->second == content) continue;
    if (found == in_b.end() && content == "/") continue;
    same = false;
    result << path << (found == in_b.end() ? " is missing; " : " is another; ");
  }
  for (const auto& [path, content] : in_b) {
    if (in_a.contains(path) || content == "/") continue;
    same = false;
    result << path << " was not there; ";
  }
  return same ? testing::AssertionSuccess() : result;
}

fs::path make_folder(const fs::path& path, std::uint64_t seed) {
  fs::create_directories(path / "2023" / "deep" / "er");
  fs::create_directories(path / "2024");
  make_file(path / "2023" / "long.bin", (1 << 20) + 4711, seed);
  fs::copy_file(path / "2023" / "long.bin", path / "2024" / "equal.bin");
  make_file(path / "2023" / "deep" / "er" / "one block.jpg", 16384, seed + 1);
  make_file(path / "2023.txt", 3, seed + 2);
  make_file(path / "2023-1.jpg", 16385, seed + 3);
  for (std::uint64_t i = 0; i < 20; ++i) {
    make_file(path / "2024" / ("p" + std::to_string(i) + ".jpg"), 1000 + i * 4000, seed + 10 + i);
  }
  make_file(path / "2024" / "readme.md", 100, seed + 4);
  make_file(path / "empty.txt", 0);
  fs::permissions(make_file(path / "run.sh", 40, seed + 5), fs::perms::owner_exec,
                  fs::perm_options::add);
  fs::create_symlink("2023/long.bin", path / "latest");
  return path;
}

}  // namespace shoal::test
