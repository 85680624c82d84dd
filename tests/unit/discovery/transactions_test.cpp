#include "discovery/transactions.hpp"

#include <gtest/gtest.h>

namespace shoal::discovery::transactions_test {
namespace {

using namespace datagram;

LookupReply found(Kinds kinds) {
  return {.root = {}, .peers = {}, .kinds = kinds};
}

ListReply listed(Kinds kinds) {
  return {false, {}, kinds};
}

TEST(CanAnswer, only_what_has_the_action_of_the_request) {
  for (const Kinds asked : {Kinds::files, Kinds::all}) {
    for (const Kinds answered : {Kinds::files, Kinds::all}) {
      EXPECT_EQ(can_answer(found(answered), LookupRequest{{}, "a", asked}), asked == answered);
      EXPECT_EQ(can_answer(listed(answered), ListRequest{"", "", asked}), asked == answered);
      EXPECT_FALSE(can_answer(listed(answered), LookupRequest{{}, "a", asked}));
    }
  }
  const RegisterRequest file{{}, 1, true, {"a", 1, 16384, {}}};
  const RegisterRequest folder{{}, 1, true, {"a", 1, 16384, {}, FolderInfo{1, 1}}};
  for (const bool of_folder : {false, true}) {
    const RegisterReply reply{{}, std::nullopt, of_folder};
    EXPECT_EQ(can_answer(reply, file), !of_folder);
    EXPECT_EQ(can_answer(reply, folder), of_folder);
  }
}

TEST(CanAnswer, whatever_was_asked_who_says_no) {
  for (const Reply& no : {Reply(ErrorReply{"no"}), Reply(RefuseReply{})}) {
    EXPECT_TRUE(can_answer(no, LookupRequest{{}, "a", Kinds::all}));
    EXPECT_TRUE(can_answer(no, RegisterRequest{}));
    EXPECT_FALSE(can_answer(no, ConnectRequest{})) << "that is tried again";
  }
}

}  // namespace
}  // namespace shoal::discovery::transactions_test
