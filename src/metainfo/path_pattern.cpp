#include "metainfo/path_pattern.hpp"

#include <algorithm>
#include <utility>

namespace shoal {

PathPattern::PathPattern(std::string_view text) {
  while (!text.empty()) add_token(text);
}

void PathPattern::add_token(std::string_view& text) {
  using Kind = Token::Kind;
  const char c = text.front();
  text.remove_prefix(1);
  if (c == '?') {
    tokens_.push_back({Kind::any});
  } else if (c == '*') {
    const bool doubled = text.starts_with('*');
    text.remove_prefix(std::min(text.find_first_not_of('*'), text.size()));
    if (doubled && text.starts_with('/')) {
      text.remove_prefix(1);
      tokens_.push_back({Kind::skip_next});
      tokens_.push_back({Kind::folders});
    } else {
      tokens_.push_back({doubled ? Kind::stars : Kind::star});
    }
  } else if (c == '\\' && !text.empty()) {
    tokens_.push_back({Kind::byte, text.front()});
    text.remove_prefix(1);
  } else if (const std::size_t end =
                 c == '[' ? text.find(']', text.starts_with('!') ? 2 : 1) : text.npos;
             end != text.npos) {
    Token token{Kind::one_of};
    std::string_view inside = text.substr(0, end);
    text.remove_prefix(end + 1);
    token.negated = inside.starts_with('!');
    if (token.negated) inside.remove_prefix(1);
    while (!inside.empty()) {
      const bool is_range = inside.size() > 2 && inside[1] == '-';
      token.set += inside.front();
      token.set += inside[is_range ? 2 : 0];
      inside.remove_prefix(is_range ? 3 : 1);
    }
    tokens_.push_back(std::move(token));
  } else {
    tokens_.push_back({Kind::byte, c});
  }
}

bool PathPattern::takes(const Token& token, char c) {
  switch (token.kind) {
    case Token::Kind::byte:
      return c == token.byte;
    case Token::Kind::stars:
    case Token::Kind::folders:
      return true;
    case Token::Kind::skip_next:
      return false;
    case Token::Kind::any:
    case Token::Kind::star:
      return c != '/';
    case Token::Kind::one_of:
      break;
  }
  if (c == '/') return false;
  const auto code = static_cast<unsigned char>(c);
  bool found = false;
  for (std::size_t i = 0; i + 1 < token.set.size(); i += 2) {
    found = found || (static_cast<unsigned char>(token.set[i]) <= code &&
                      code <= static_cast<unsigned char>(token.set[i + 1]));
  }
  return found != token.negated;
}

void PathPattern::follow(std::vector<bool>& places) const {
  using Kind = Token::Kind;
  for (std::size_t at = 0; at < tokens_.size(); ++at) {
    if (!places[at]) continue;
    const Kind kind = tokens_[at].kind;
    if (kind == Kind::star || kind == Kind::stars || kind == Kind::skip_next) places[at + 1] = true;
    if (kind == Kind::skip_next) places[at + 2] = true;  // folders come behind it
  }
}

// All places that the pattern can have come to are followed side by side, so nothing is tried
// twice.
bool PathPattern::matches(std::string_view path) const {
  using Kind = Token::Kind;
  std::vector<bool> here(tokens_.size() + 1);
  std::vector<bool> next(tokens_.size() + 1);
  here[0] = true;
  follow(here);
  for (const char c : path) {
    next.assign(next.size(), false);
    for (std::size_t at = 0; at < tokens_.size(); ++at) {
      const Token& token = tokens_[at];
      if (!here[at] || !takes(token, c)) continue;
      const bool stays =
          token.kind == Kind::star || token.kind == Kind::stars || token.kind == Kind::folders;
      if (stays) next[at] = true;
      if (!stays || (token.kind == Kind::folders && c == '/')) next[at + 1] = true;
    }
    follow(next);
    here.swap(next);
  }
  return here[tokens_.size()];
}

std::vector<FileIndex> select(const FileTree& tree, std::string_view part) {
  while (part.ends_with('/')) part.remove_suffix(1);
  std::vector<FileIndex> files;
  const auto take = [&](FileTree::Range range) {
    for (std::uint32_t i = range.begin; i < range.end; ++i) files.push_back(FileIndex{i});
  };
  if (part.empty()) {
    take({0, tree.size()});
    return files;
  }
  if (const auto exact = tree.find(part)) return {*exact};
  take(tree.folder(part));
  if (!files.empty()) return files;
  const PathPattern pattern(part);
  for (std::uint32_t i = 0; i < tree.size(); ++i) {
    const std::string_view path = tree[FileIndex{i}].path;
    bool meant = pattern.matches(path);
    for (std::size_t at = path.find('/'); !meant && at != std::string_view::npos;
         at = path.find('/', at + 1)) {
      meant = pattern.matches(path.substr(0, at));
    }
    if (meant) files.push_back(FileIndex{i});
  }
  return files;
}

}  // namespace shoal
