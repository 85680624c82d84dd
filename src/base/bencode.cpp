#include "base/bencode.hpp"

#include "base/bencode_reader.hpp"

namespace shoal::bencode {
namespace {

template <class T>
Result<Value> wrapped(Result<T> part) {
  if (!part) return std::unexpected(std::move(part.error()));
  return Value(*part);
}

/// By recursion; kMaxDepth bounds the stack.
Result<Value> read_value(Reader& reader);

Result<Value> read_list(Reader& reader) {
  if (auto opened = reader.open(); !opened) return std::unexpected(opened.error());
  List items;
  while (!reader.closed()) {
    auto item = read_value(reader);
    if (!item) return item;
    items.push_back(std::move(*item));
  }
  return Value(std::move(items));
}

Result<Value> read_dict(Reader& reader) {
  if (auto opened = reader.open(); !opened) return std::unexpected(opened.error());
  Dict members;
  std::optional<std::string_view> before;
  for (;;) {
    const auto key = reader.key(before);
    if (!key) return std::unexpected(key.error());
    if (!*key) return Value(std::move(members));
    before = *key;
    auto member = read_value(reader);
    if (!member) return member;
    members.emplace_hint(members.end(), **key, std::move(*member));
  }
}

Result<Value> read_value(Reader& reader) {
  switch (reader.kind()) {
    case Reader::Kind::number:
      return wrapped(reader.number());
    case Reader::Kind::text:
      return wrapped(reader.text());
    case Reader::Kind::list:
      return read_list(reader);
    case Reader::Kind::dict:
      return read_dict(reader);
    case Reader::Kind::close:
    case Reader::Kind::nothing:
      break;
  }
  return std::unexpected(reader.skip().error());
}

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
  Reader reader(bytes, {.depth = kMaxDepth, .values = kMaxValues});
  auto value = read_value(reader);
  if (!value) return std::unexpected(std::move(value.error()));
  return Parsed{std::move(*value), reader.position()};
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
