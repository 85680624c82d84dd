#include "base/system_words.hpp"

#include <cerrno>
#include <string_view>

#include <gmock/gmock.h>

namespace shoal::system_words_test {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr Tried kAll[] = {Tried::other, Tried::create, Tried::resize, Tried::reserve,
                          Tried::rename};

TEST(SystemWords, say_what_to_do_whatever_was_tried) {
  for (const Tried tried : kAll) {
    EXPECT_THAT(in_words(tried, EACCES), HasSubstr("change the permissions"));
    EXPECT_THAT(in_words(tried, EROFS), HasSubstr("read-only; choose another place"));
    EXPECT_THAT(in_words(tried, ENOSPC), HasSubstr("free some space"));
    EXPECT_THAT(in_words(tried, EDQUOT), HasSubstr("quota is used up; free"));
    EXPECT_THAT(in_words(tried, EIO), HasSubstr("may be failing"));
    EXPECT_THAT(in_words(tried, ESTALE), HasSubstr("mount that place again"));
    for (const int error : {ENOTCONN, ECONNABORTED})
      EXPECT_THAT(in_words(tried, error), HasSubstr("file system is not there any more; mount"));
    EXPECT_THAT(in_words(tried, EMFILE), HasSubstr("ulimit -n"));
    EXPECT_THAT(in_words(tried, ETXTBSY), HasSubstr("running; end it"));
    EXPECT_THAT(in_words(tried, ENAMETOOLONG), HasSubstr("choose a shorter one"));
  }
}

TEST(SystemWords, invalid_means_the_name_of_a_new_file) {
  for (const Tried tried : {Tried::create, Tried::rename}) {
    EXPECT_THAT(in_words(tried, EINVAL), HasSubstr("does not allow its name"));
  }
}

TEST(SystemWords, invalid_means_the_length_the_room_or_the_file_system_elsewhere) {
  EXPECT_THAT(in_words(Tried::resize, EINVAL), HasSubstr("4 GiB on FAT"));
  EXPECT_THAT(in_words(Tried::reserve, EINVAL), HasSubstr("without --preallocate"));
}

TEST(SystemWords, not_permitted_is_no_matter_of_permissions) {
  EXPECT_THAT(in_words(Tried::other, EPERM), HasSubstr("lsattr"));
  EXPECT_THAT(in_words(Tried::create, EPERM), HasSubstr("lets nobody add"));
  EXPECT_THAT(in_words(Tried::rename, EPERM), HasSubstr("only its owner"));
}

TEST(SystemWords, of_a_new_file_it_is_the_directory_that_is_missing) {
  EXPECT_THAT(in_words(Tried::other, ENOENT), HasSubstr("it does not exist"));
  EXPECT_THAT(in_words(Tried::create, ENOENT), HasSubstr("the directory for it does not exist"));
  EXPECT_THAT(in_words(Tried::create, ENOSPC), HasSubstr("df -i"));
}

TEST(SystemWords, what_has_no_words_of_its_own_is_told_as_the_system_does) {
  EXPECT_EQ(in_words(Tried::other, EPIPE), "Broken pipe");
  EXPECT_NE(in_words(Tried::other, 987654), "");
}

}  // namespace
}  // namespace shoal::system_words_test
