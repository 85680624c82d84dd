#include "base/bencode_reader.hpp"

#include <charconv>

namespace shoal::bencode {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

}  // namespace

std::unexpected<Error> Reader::bad(std::string_view why) const {
  return fail(Errc::bad_input,
              "malformed bencoding at byte " + std::to_string(at_) + ": " + std::string(why));
}

Reader::Kind Reader::kind() const {
  if (at_ == text_.size()) return Kind::nothing;
  const char first = text_[at_];
  if (is_digit(first)) return Kind::text;
  switch (first) {
    case 'i':
      return Kind::number;
    case 'l':
      return Kind::list;
    case 'd':
      return Kind::dict;
    case 'e':
      return depth_ > 0 ? Kind::close : Kind::nothing;
    default:
      return Kind::nothing;
  }
}

Result<void> Reader::count_value() {
  if (++values_ > limits_.values) {
    return bad("more than " + std::to_string(limits_.values) + " values");
  }
  if (at_ == text_.size()) return bad("the bytes end where a value should begin");
  return {};
}

/// Decimal digits from here up to `end`: no leading zero, nothing that does not fit.
template <class T>
Result<T> Reader::decimal(char end, bool may_be_negative) {
  const std::string_view rest = text_.substr(at_);
  const bool negative = may_be_negative && rest.starts_with('-');
  const std::string_view digits = rest.substr(negative ? 1 : 0);
  if (digits.empty() || !is_digit(digits[0])) return bad("expected a number");
  if (digits[0] == '0' && (negative || (digits.size() > 1 && is_digit(digits[1])))) {
    return bad("a number with a leading zero, or -0");
  }
  T number{};
  const auto [stop, problem] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
  if (problem != std::errc{}) return bad("a number that is too large");
  const auto length = static_cast<std::size_t>(stop - rest.data());
  if (length == rest.size() || rest[length] != end) {
    return bad(std::string("expected '") + end + "' after a number");
  }
  at_ += length + 1;
  return number;
}

Result<std::string_view> Reader::string() {
  const auto length = decimal<std::size_t>(':', false);
  if (!length) return std::unexpected(length.error());
  const std::size_t left = text_.size() - at_;
  if (*length > left) {
    return bad("a string of " + std::to_string(*length) + " bytes where " + std::to_string(left) +
               " are left");
  }
  const std::string_view text = text_.substr(at_, *length);
  at_ += *length;
  return text;
}

Result<std::int64_t> Reader::number() {
  if (auto counted = count_value(); !counted) return std::unexpected(counted.error());
  if (text_[at_] != 'i') return bad("expected a number");
  ++at_;
  return decimal<std::int64_t>('e', true);
}

Result<std::string_view> Reader::text() {
  if (auto counted = count_value(); !counted) return std::unexpected(counted.error());
  return string();
}

Result<void> Reader::open() {
  if (auto counted = count_value(); !counted) return counted;
  if (const Kind here = kind(); here != Kind::list && here != Kind::dict) {
    return bad("no value begins with this byte");
  }
  if (depth_ == limits_.depth) {
    return bad("lists and dictionaries nested deeper than " + std::to_string(limits_.depth));
  }
  ++at_;
  ++depth_;
  return {};
}

bool Reader::closed() {
  if (kind() != Kind::close) return false;
  ++at_;
  --depth_;
  return true;
}

Result<std::optional<std::string_view>> Reader::key(const std::optional<std::string_view>& before) {
  if (closed()) return std::nullopt;
  const auto key = string();
  if (!key) return std::unexpected(key.error());
  if (before && *key <= *before) {
    return bad("a dictionary key that is out of order or there twice");
  }
  return *key;
}

Result<void> Reader::skip() {
  switch (kind()) {
    case Kind::number:
      if (auto read = number(); !read) return std::unexpected(read.error());
      return {};
    case Kind::text:
      if (auto read = text(); !read) return std::unexpected(read.error());
      return {};
    case Kind::list: {
      if (auto opened = open(); !opened) return opened;
      while (!closed()) {
        if (auto skipped = skip(); !skipped) return skipped;
      }
      return {};
    }
    case Kind::dict: {
      if (auto opened = open(); !opened) return opened;
      std::optional<std::string_view> before;
      for (;;) {
        const auto next = key(before);
        if (!next) return std::unexpected(next.error());
        if (!*next) return {};
        before = *next;
        if (auto skipped = skip(); !skipped) return skipped;
      }
    }
    case Kind::close:
    case Kind::nothing:
      break;
  }
  if (auto counted = count_value(); !counted) return counted;
  return bad("no value begins with this byte");
}

}  // namespace shoal::bencode
