#include "secure/key.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <new>
#include <utility>

#include <gmock/gmock.h>

#include "base/hex.hpp"
#include "unit/secure/keys_for_tests.hpp"

namespace shoal::secure::key_test {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::string kDigits(64, '7');

TEST(Secret, is_wiped_when_it_goes_and_where_it_came_from) {
  using Bytes16 = Secret<16>;
  alignas(Bytes16) std::array<std::byte, sizeof(Bytes16)> storage;
  const std::array<std::byte, sizeof(Bytes16)> nothing{};
  auto* const first = new (storage.data()) Bytes16;
  std::ranges::fill(first->fill(), std::byte{7});
  const Bytes16 moved(std::move(*first));
  EXPECT_EQ(moved.view()[0], std::byte{7});
  EXPECT_EQ(storage, nothing);
  std::ranges::fill(first->fill(), std::byte{7});
  EXPECT_NE(storage, nothing);
  std::destroy_at(first);
  EXPECT_EQ(storage, nothing);
}

TEST(Key, comes_back_from_its_file) {
  const Key made = Key::random();
  const auto read = Key::parse(made.format());
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->id(), made.id());
  Bytes one(32), other(32);
  made.derive("some use", one);
  read->derive("some use", other);
  EXPECT_EQ(one, other);
}

TEST(Key, is_another_one_every_time) {
  EXPECT_NE(Key::random().id(), Key::random().id());
}

TEST(Key, gives_every_use_bytes_of_its_own) {
  const Key key = key_of(1);
  Bytes one(32), other(32), salted(32);
  key.derive("one", one);
  key.derive("other", other);
  key.derive(as_bytes("salt"), "one", salted);
  EXPECT_NE(one, other);
  EXPECT_NE(one, salted);
}

TEST(Key, file_names_the_id_and_may_have_comments_and_blank_lines) {
  const std::string file = key_of(9).format();
  EXPECT_THAT(file, HasSubstr(to_hex(key_of(9).id())));
  const auto read = Key::parse("\r\n# ours, since May\r\n\n  " + file + "\n\n");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->id(), key_of(9).id());
}

TEST(Key, damaged_file_is_refused_in_words_that_do_not_tell_the_secret) {
  const std::string text = key_of(3).format();
  for (const std::string& damaged :
       {std::string(), std::string("# nothing\n"), "shoal-key-2 " + kDigits, kDigits,
        "shoal-key-1 " + kDigits.substr(1), "shoal-key-1 " + kDigits + "0",
        "shoal-key-1 " + kDigits.substr(1) + "g", text + text, std::string("shoal-key-1 "),
        std::string("\0\xff", 2)}) {
    const auto read = Key::parse(damaged);
    ASSERT_FALSE(read) << damaged;
    EXPECT_EQ(read.error().code, Errc::bad_input);
    EXPECT_THAT(read.error().message, HasSubstr("--new-key"));
    EXPECT_THAT(read.error().message, Not(HasSubstr("7777")));
    EXPECT_THAT(read.error().message, Not(HasSubstr("0303")));
  }
}

}  // namespace
}  // namespace shoal::secure::key_test
