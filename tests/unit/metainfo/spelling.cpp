#include "metainfo/spelling.hpp"

#include <gmock/gmock.h>

namespace shoal::spelling_test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr const char* kComposed = "caf\xC3\xA9.txt";
constexpr const char* kDecomposed = "cafe\xCC\x81.txt";

TEST(OtherSpellings, of_one_code_point_are_two_and_the_other_way_round) {
  EXPECT_THAT(other_spellings(kComposed), ElementsAre(kDecomposed));
  EXPECT_THAT(other_spellings(kDecomposed), ElementsAre(kComposed));
}

TEST(OtherSpellings, of_a_mixture_are_both_forms) {
  EXPECT_THAT(other_spellings("\xC3\xA9"
                              "e\xCC\x81"),
              ElementsAre("\xC3\xA9\xC3\xA9",
                          "e\xCC\x81"
                          "e\xCC\x81"));
}

TEST(OtherSpellings, of_hangul_are_its_letters) {
  EXPECT_THAT(other_spellings("\xED\x95\x9C"), ElementsAre("\xE1\x84\x92\xE1\x85\xA1\xE1\x86\xAB"));
}

TEST(OtherSpellings, there_are_none_of_what_has_one_form_only) {
  for (const char* name : {"", "big.iso", "\xE6\x96\x87\xE4\xBB\xB6.iso", "\xC3\x9F"}) {
    EXPECT_THAT(other_spellings(name), IsEmpty()) << name;
  }
}

TEST(OtherSpellings, leave_what_only_resembles_it_alone) {
  // The sign for square metres and the letter m with a 2: NFC and NFD keep them apart.
  EXPECT_THAT(other_spellings("m\xC2\xB2"), IsEmpty());
}

TEST(OtherSpellings, there_are_none_of_what_is_no_utf8) {
  for (const char* name : {"\xff\xfe", "caf\xC3", "e\xCC\x81\xff"}) {
    EXPECT_THAT(other_spellings(name), IsEmpty());
  }
}

}  // namespace
}  // namespace shoal::spelling_test
