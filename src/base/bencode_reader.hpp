#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <shoal/error.hpp>

#include "base/bytes.hpp"

namespace shoal::bencode {

/// How much a Reader takes before it calls the input malformed.
struct Limits {
  int depth = 0;           ///< lists and dictionaries inside one another
  std::size_t values = 0;  ///< of all kinds, keys not counted
};

/// Takes bencoding apart value by value, without keeping any: for what is too large to hold as a
/// tree of Values, and for the parser that makes these. What it returns points into the input.
/// After an error there is nothing more to read.
class Reader {
 public:
  enum class Kind : std::uint8_t { number, text, list, dict, close, nothing };

  Reader(BytesView bytes, Limits limits) : text_(as_text(bytes)), limits_(limits) {}

  /// What stands here: a value, the end of the list or dictionary that is open, or no bencoding.
  [[nodiscard]] Kind kind() const;
  [[nodiscard]] std::size_t position() const { return at_; }

  [[nodiscard]] Result<std::int64_t> number();
  [[nodiscard]] Result<std::string_view> text();
  /// Steps into a list or dictionary.
  [[nodiscard]] Result<void> open();
  /// Steps out of it if it ends here.
  [[nodiscard]] bool closed();
  /// The next key of the open dictionary, or nothing at its end, which is stepped over. `before` is
  /// the key that came last, if there was one: keys are sorted, and none is there twice.
  [[nodiscard]] Result<std::optional<std::string_view>> key(
      const std::optional<std::string_view>& before);
  /// Steps over one value, whatever it is.
  [[nodiscard]] Result<void> skip();

  /// An error that names the place.
  [[nodiscard]] std::unexpected<Error> bad(std::string_view why) const;

 private:
  template <class T>
  Result<T> decimal(char end, bool may_be_negative);
  Result<std::string_view> string();
  Result<void> count_value();

  std::string_view text_;
  Limits limits_;
  std::size_t at_ = 0;
  std::size_t values_ = 0;
  int depth_ = 0;
};

}  // namespace shoal::bencode
