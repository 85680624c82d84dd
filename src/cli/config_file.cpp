#include "cli/config_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/system_words.hpp"
#include "cli/cache_directory.hpp"
#include "cli/file_list.hpp"

namespace shoal::cli {
namespace {

constexpr std::size_t kMaxConfig = 64uz * 1024;
/// Passed over, a key in it would be missed, and a closed swarm open.
constexpr const char* kMayNotRead = "is there, but this user may not read it";
constexpr std::string_view kBetween = " \t,";

bool is_quote(char c) {
  return c == '"' || c == '\'';
}

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

/// Without the comment at its end: a # that stands first or behind a blank, and not in quotes.
std::string_view without_comment(std::string_view line) {
  char open = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    const bool begins = i == 0 || is_blank(line[i - 1]) || kBetween.contains(line[i - 1]) ||
                        line[i - 1] == '=' || line[i - 1] == '[';
    if (open != 0) {
      if (c == open) open = 0;
    } else if (is_quote(c) && begins && line.find(c, i + 1) != std::string_view::npos) {
      open = c;
    } else if (c == '#' && begins) {
      return line.substr(0, i);
    }
  }
  return line;
}

/// True for "[a, b]", and not for "[::1]:1, [::2]" or "[::1]:1".
bool in_brackets(std::string_view text) {
  if (!text.starts_with('[')) return false;
  int depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '[') ++depth;
    if (text[i] == ']' && --depth == 0) return i + 1 == text.size();
  }
  return false;
}

/// Closes the descriptor of a file that is read.
class OpenedConfig {
 public:
  /// A pipe is opened when somebody writes to it.
  OpenedConfig(const std::filesystem::path& file, bool is_pipe)
      : descriptor_(
            ::open(file.c_str(), O_RDONLY | (is_pipe ? 0 : O_NONBLOCK) | O_NOCTTY | O_CLOEXEC)) {}
  OpenedConfig(const OpenedConfig&) = delete;
  OpenedConfig& operator=(const OpenedConfig&) = delete;
  ~OpenedConfig() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  [[nodiscard]] int get() const { return descriptor_; }

 private:
  int descriptor_;
};

bool is_text(std::string_view text) {
  return std::ranges::none_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\n' && c != '\t' && c != '\r') || byte == 0x7F;
  });
}

/// A pipe is good where somebody names it: a shell makes one of <(...).
bool is_readable_kind(const struct stat& status, bool named) {
  const bool is_null = S_ISCHR(status.st_mode) && status.st_rdev == ::makedev(1, 3);
  return S_ISREG(status.st_mode) || is_null || (named && S_ISFIFO(status.st_mode));
}

}  // namespace

ConfigFiles standard_config_files(const std::string& program) {
  const std::string name = program + ".conf";
  ConfigFiles files;
  if (const auto home = default_config_directory(); !home.empty()) files.push_back(home / name);
  const char* const system = std::getenv("SHOAL_CONFIG_DIR");
  // Absolute: not the folder that one happens to be in.
  const bool given = system != nullptr && *system == '/';
  files.push_back(std::filesystem::path(given ? system : "/etc/shoal") / name);
  return files;
}

Result<std::vector<ConfigLine>> parse_config(std::string_view text) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";  // some editors begin with it
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  std::vector<ConfigLine> lines;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = trimmed(without_comment(trimmed(text.substr(0, end))));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.starts_with(';')) continue;
    const std::size_t equals = line.find('=');
    std::string_view key = trimmed(line.substr(0, equals));
    if (key.starts_with("--")) key.remove_prefix(2);
    if (key.empty() || key.starts_with('[')) {
      return fail(Errc::bad_input, "line " + std::to_string(number) +
                                       ": no option stands there; a line is an option without its "
                                       "dashes, such as upload-limit = 10M");
    }
    ConfigLine& one = lines.emplace_back(number, std::string(key), std::nullopt);
    if (equals != std::string_view::npos) one.value = trimmed(line.substr(equals + 1));
  }
  return lines;
}

std::string single_value(std::string_view text) {
  const bool quoted = text.size() > 1 && is_quote(text.front()) && text.back() == text.front();
  return std::string(quoted ? text.substr(1, text.size() - 2) : text);
}

std::vector<std::string> value_list(std::string_view text) {
  if (in_brackets(text)) text = text.substr(1, text.size() - 2);
  std::vector<std::string> values;
  for (;;) {
    text.remove_prefix(std::min(text.find_first_not_of(kBetween), text.size()));
    if (text.empty()) return values;
    const char first = text.front();
    const std::size_t close = is_quote(first) ? text.find(first, 1) : std::string_view::npos;
    if (close != std::string_view::npos) {
      values.emplace_back(text.substr(1, close - 1));
      text.remove_prefix(close + 1);
      continue;
    }
    const std::size_t end = std::min(text.find_first_of(kBetween), text.size());
    values.emplace_back(text.substr(0, end));
    text.remove_prefix(end);
  }
}

std::string as_config_value(const std::string& value) {
  const bool plain = !value.empty() && value.find_first_of(" \t,#\"'") == std::string::npos;
  if (plain) return value;
  const char quote = value.contains('"') ? '\'' : '"';
  return quote + value + quote;
}

Result<std::optional<std::string>> read_config(const std::filesystem::path& file, bool named) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
    // Somebody else's home is none of ours; a folder of configuration that is closed to us is.
    if (errno == EACCES && ::stat(file.parent_path().c_str(), &status) != 0) return std::nullopt;
    if (errno == EACCES) return fail(Errc::io, kMayNotRead);
    return fail(Errc::io, "cannot be read: " + in_words(Tried::other, errno));
  }
  // Asked before it is opened too: to open a pipe or a device can have effects.
  if (!is_readable_kind(status, named)) return fail(Errc::bad_input, "is no file of text");
  const OpenedConfig opened(file, S_ISFIFO(status.st_mode));
  if (opened.get() < 0 && errno == EACCES) {
    return fail(Errc::io, kMayNotRead);
  }
  if (opened.get() < 0 || ::fstat(opened.get(), &status) != 0) {
    return fail(Errc::io, "cannot be read: " + in_words(Tried::other, errno));
  }
  if (!is_readable_kind(status, named)) return fail(Errc::bad_input, "is no file of text");
  const bool is_pipe = S_ISFIFO(status.st_mode);
  std::string text(kMaxConfig + 1, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    char* const to = text.data() + size;
    const std::size_t room = text.size() - size;
    const ssize_t got = is_pipe ? ::read(opened.get(), to, room)
                                : ::pread(opened.get(), to, room, static_cast<off_t>(size));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(Errc::io, "cannot be read: " + in_words(Tried::other, errno));
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  if (size > kMaxConfig) {
    return fail(Errc::bad_input, "is longer than 64 KiB, which no list of options is");
  }
  text.resize(size);
  if (!is_text(text)) {
    return fail(Errc::bad_input, "has control characters in it, so it is no list of options");
  }
  return text;
}

}  // namespace shoal::cli
