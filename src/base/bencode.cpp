#include "base/bencode.hpp"

#include <charconv>

namespace shoal::bencode {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Recursive descent; kMaxDepth bounds the stack.
class Parser {
 public:
  explicit Parser(BytesView bytes) : text_(as_text(bytes)) {}

  Result<Value> value(int depth) {
    if (++values_ > kMaxValues) {
      return bad("more than " + std::to_string(kMaxValues) + " values");
    }
    if (at_end()) return bad("the bytes end where a value should begin");
    const char first = text_[at_];
    if (is_digit(first)) return wrapped(string());
    if (first == 'i') return wrapped(number());
    if (first != 'l' && first != 'd') return bad("no value begins with this byte");
    if (depth == kMaxDepth) {
      return bad("lists and dictionaries nested deeper than " + std::to_string(kMaxDepth));
    }
    ++at_;
    return first == 'l' ? list(depth + 1) : dict(depth + 1);
  }

  [[nodiscard]] std::size_t used() const { return at_; }

 private:
  [[nodiscard]] bool at_end() const { return at_ == text_.size(); }
  [[nodiscard]] std::unexpected<Error> bad(std::string_view why) const {
    return fail(Errc::bad_input,
                "malformed bencoding at byte " + std::to_string(at_) + ": " + std::string(why));
  }

  template <class T>
  static Result<Value> wrapped(Result<T> part) {
    if (!part) return std::unexpected(std::move(part.error()));
    return Value(*part);
  }

  /// Decimal digits from here up to `end`: no leading zero, nothing that does not fit.
  template <class T>
  Result<T> decimal(char end, bool may_be_negative) {
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

  Result<std::int64_t> number() {
    ++at_;
    return decimal<std::int64_t>('e', true);
  }

  Result<std::string_view> string() {
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

  /// Steps over the 'e' that closes a list or dictionary.
  bool closed() {
    if (at_end() || text_[at_] != 'e') return false;
    ++at_;
    return true;
  }

  Result<Value> list(int depth) {
    List items;
    while (!closed()) {
      auto item = value(depth);
      if (!item) return item;
      items.push_back(std::move(*item));
    }
    return Value(std::move(items));
  }

  Result<Value> dict(int depth) {
    Dict members;
    while (!closed()) {
      const auto key = string();
      if (!key) return std::unexpected(key.error());
      if (!members.empty() && *key <= members.rbegin()->first) {
        return bad("a dictionary key that is out of order or there twice");
      }
      auto member = value(depth);
      if (!member) return member;
      members.emplace_hint(members.end(), *key, std::move(*member));
    }
    return Value(std::move(members));
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t values_ = 0;
};

void encode_text(std::string_view text, Bytes& out) {
  ByteWriter(out).text(std::to_string(text.size())).text(":").text(text);
}

}  // namespace

const Value* Value::find(std::string_view key) const {
  const Dict* members = dict();
  if (members == nullptr) return nullptr;
  const auto found = members->find(key);
  return found == members->end() ? nullptr : &found->second;
}

std::optional<std::int64_t> Value::number_at(std::string_view key) const {
  const Value* member = find(key);
  const std::int64_t* number = member == nullptr ? nullptr : member->number();
  return number == nullptr ? std::nullopt : std::optional(*number);
}

const std::string* Value::text_at(std::string_view key) const {
  const Value* member = find(key);
  return member == nullptr ? nullptr : member->text();
}

Result<Parsed> parse_prefix(BytesView bytes) {
  Parser parser(bytes);
  auto value = parser.value(0);
  if (!value) return std::unexpected(std::move(value.error()));
  return Parsed{std::move(*value), parser.used()};
}

Result<Value> parse(BytesView bytes) {
  auto parsed = parse_prefix(bytes);
  if (!parsed) return std::unexpected(std::move(parsed.error()));
  if (parsed->used != bytes.size()) {
    return fail(Errc::bad_input, "malformed bencoding: the value ends at byte " +
                                     std::to_string(parsed->used) + ", but there are " +
                                     std::to_string(bytes.size()));
  }
  return std::move(parsed->value);
}

void encode(const Value& value, Bytes& out) {
  ByteWriter writer(out);
  if (const auto* number = value.number()) {
    writer.text("i").text(std::to_string(*number)).text("e");
  } else if (const auto* text = value.text()) {
    encode_text(*text, out);
  } else if (const auto* list = value.list()) {
    writer.text("l");
    for (const Value& item : *list) encode(item, out);
    writer.text("e");
  } else if (const auto* dict = value.dict()) {
    writer.text("d");
    for (const auto& [key, member] : *dict) {
      encode_text(key, out);
      encode(member, out);
    }
    writer.text("e");
  }
}

Bytes encode(const Value& value) {
  Bytes out;
  encode(value, out);
  return out;
}

}  // namespace shoal::bencode
