#pragma once

#include <concepts>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <shoal/error.hpp>

#include "base/bytes.hpp"

/// Bencoding (BEP 3), strict: sorted unique keys, no leading zeros, no -0, bounded depth and size.
namespace shoal::bencode {

class Value;
using List = std::vector<Value>;
using Dict = std::map<std::string, Value, std::less<>>;

/// A parsed or built value. Strings are raw bytes, kept in std::string.
class Value {
 public:
  /// A template, so that a literal 0 is a number and not a null `const char*`.
  template <std::integral T>
  requires(std::is_signed_v<T> || sizeof(T) < sizeof(std::int64_t)) Value(T number)
      : data_(std::int64_t{number}) {}
  Value(std::string text) : data_(std::move(text)) {}
  Value(std::string_view text) : data_(std::string(text)) {}
  Value(const char* text) : data_(std::string(text)) {}
  Value(List list) : data_(std::move(list)) {}
  Value(Dict dict) : data_(std::move(dict)) {}

  /// The value as that type, or null.
  [[nodiscard]] const std::int64_t* number() const { return std::get_if<std::int64_t>(&data_); }
  [[nodiscard]] const std::string* text() const { return std::get_if<std::string>(&data_); }
  [[nodiscard]] const List* list() const { return std::get_if<List>(&data_); }
  [[nodiscard]] const Dict* dict() const { return std::get_if<Dict>(&data_); }

  /// Member of a dictionary; null when this is none or has no such key.
  [[nodiscard]] const Value* find(std::string_view key) const;
  /// Member as a number or text; nothing when it is missing or of another type.
  [[nodiscard]] std::optional<std::int64_t> number_at(std::string_view key) const;
  [[nodiscard]] const std::string* text_at(std::string_view key) const;

  bool operator==(const Value&) const = default;

 private:
  std::variant<std::int64_t, std::string, List, Dict> data_;
};

struct Parsed {
  Value value;
  std::size_t used;  ///< bytes of the input that the value took; raw data may follow (BEP 9)
};

inline constexpr int kMaxDepth = 16;  ///< lists and dictionaries inside one another
inline constexpr std::size_t kMaxValues = 100'000;

/// One value off the front of `bytes`. Never allocates more than a small multiple of the input.
[[nodiscard]] Result<Parsed> parse_prefix(BytesView bytes);
/// One value that is the whole of `bytes`.
[[nodiscard]] Result<Value> parse(BytesView bytes);

/// Canonical bytes, appended to `out`.
void encode(const Value& value, Bytes& out);
[[nodiscard]] Bytes encode(const Value& value);

}  // namespace shoal::bencode
