#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include <shoal/keys.hpp>

#include "base/system_words.hpp"
#include "secure/key_ring.hpp"

namespace shoal {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostBytes = 4096;
constexpr std::size_t kMostKeys = 16;
constexpr ::mode_t kOwnerOnly = 0600;
constexpr ::mode_t kOthers = 0077;

class OpenFile {
 public:
  explicit OpenFile(int descriptor) : descriptor_(descriptor) {}
  ~OpenFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  [[nodiscard]] int get() const { return descriptor_; }

 private:
  int descriptor_;
};

/// The text of a key file, wiped at the end.
struct Text {
  Text() = default;
  explicit Text(std::string content) : text(std::move(content)) {}
  ~Text() { secure::wipe(std::as_writable_bytes(std::span(text))); }
  Text(const Text&) = delete;
  Text& operator=(const Text&) = delete;
  std::string text;
};

std::unexpected<Error> failed(const std::string& what, const fs::path& file, int error,
                              Tried tried = Tried::other) {
  return fail(Errc::io, what + " " + file.string() + ": " + in_words(tried, error));
}

/// A word for a shell.
std::string quoted(const std::string& word) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-+@%:,=~";
  if (word.find_first_not_of(kPlain) == std::string::npos) return word;
  std::string out = "'";
  for (const char c : word) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

Result<void> check_private(const struct stat& status, const fs::path& file) {
  if (!S_ISREG(status.st_mode)) {
    return fail(Errc::bad_input, file.string() + " is no key file; it is no file at all");
  }
  if ((status.st_mode & kOthers) != 0) {
    return fail(Errc::bad_input, "others can read or change the key file " + file.string() +
                                     "; type: chmod 600 " + quoted(file.string()));
  }
  return {};
}

Result<void> read_text(const fs::path& file, std::string& text) {
  // Without O_NONBLOCK a named pipe would be waited for.
  const OpenFile in(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  struct stat status {};
  if (in.get() < 0 || ::fstat(in.get(), &status) != 0) {
    return failed("cannot read the key file", file, errno);
  }
  if (auto ours = check_private(status, file); !ours) return ours;
  text.resize(kMostBytes + 1);
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t got = ::read(in.get(), text.data() + size, text.size() - size);
    if (got < 0) return failed("cannot read the key file", file, errno);
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  if (size > kMostBytes) return fail(Errc::bad_input, file.string() + " is no key file");
  text.resize(size);
  return {};
}

Result<secure::Key> read_key(const fs::path& file) {
  Text content;
  if (const auto read = read_text(file, content.text); !read) return std::unexpected(read.error());
  auto key = secure::Key::parse(content.text);
  if (!key) return fail(key.error().code, file.string() + ": " + key.error().message);
  return key;
}

int write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return ::fsync(descriptor) == 0 ? 0 : errno;
}

}  // namespace

Result<Keys> read_keys(std::span<const fs::path> files) {
  if (files.size() > kMostKeys) {
    return fail(Errc::bad_input, "more than " + std::to_string(kMostKeys) + " keys were given");
  }
  std::vector<secure::Key> keys;
  for (const fs::path& file : files) {
    auto key = read_key(file);
    if (!key) return std::unexpected(key.error());
    keys.push_back(*std::move(key));
  }
  if (keys.empty()) return Keys{};
  return std::make_shared<const KeyRing>(std::move(keys));
}

Result<std::string> write_new_key(const fs::path& file) {
  const secure::Key key = secure::Key::random();
  const Text content(key.format());
  const OpenFile out(
      ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, kOwnerOnly));
  if (out.get() < 0 && errno == EEXIST) {
    return fail(Errc::conflict, file.string() +
                                    " is there already, and may be a key that is in "
                                    "use; choose another name");
  }
  if (out.get() < 0) return failed("cannot make the key file", file, errno, Tried::create);
  if (const int error = write_all(out.get(), content.text); error != 0) {
    ::unlink(file.c_str());
    return failed("cannot write the key file", file, error);
  }
  return to_hex(key.id());
}

std::string key_id(const Keys& keys) {
  return to_hex(keys->first().id());
}

}  // namespace shoal
