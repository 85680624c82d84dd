#include "discovery/dialect.hpp"

#include <gtest/gtest.h>

namespace shoal::discovery::dialect_test {
namespace {

using namespace std::chrono_literals;
using datagram::Kinds;
using datagram::ListRequest;
using datagram::LookupRequest;
using datagram::RefuseReason;
using datagram::RefuseReply;
using datagram::Reply;
using datagram::Request;

const Request kAll = LookupRequest{{}, "a", Kinds::all};
const Request kFiles = LookupRequest{{}, "a", Kinds::files};
const Reply kError = datagram::ErrorReply{"unknown action"};
const Reply kIsFolder = RefuseReply{RefuseReason::is_folder, 0, {}, ""};
const Time kStart = Time{} + 1h;

/// As a question is put then.
Request put(Dialect& dialect, Request question, Time now) {
  dialect.put(question, now);
  return question;
}

/// One that has heard an error to a newer question.
Dialect old_since_start() {
  Dialect dialect;
  Request question = kAll;
  EXPECT_TRUE(dialect.has_to_change(question, kError, kStart));
  EXPECT_EQ(question, kFiles) << "that is asked now";
  return dialect;
}

TEST(Dialect, asks_for_all_kinds_at_first_and_goes_on_while_that_is_understood) {
  Dialect dialect;
  for (int i = 0; i < 3; ++i) {
    Request question = put(dialect, kAll, kStart);
    EXPECT_EQ(question, kAll);
    for (const Reply& reply :
         {Reply(datagram::LookupReply{.root = {}, .peers = {}, .kinds = Kinds::all}),
          Reply(RefuseReply{RefuseReason::unknown_name, 0, {}, ""}),
          Reply(RefuseReply{RefuseReason::bad_request, 0, {}, ""}), kIsFolder})
      EXPECT_FALSE(dialect.has_to_change(question, reply, kStart));
    EXPECT_EQ(question, kAll);
  }
}

TEST(Dialect, asks_who_did_not_understand_for_files_and_tries_again_after_a_while) {
  Dialect dialect = old_since_start();
  const Request list = ListRequest{"p", "q", Kinds::all};
  const Time end = kStart + Dialect::kOldFor;
  EXPECT_EQ(put(dialect, kAll, end - 1ms), kFiles);
  EXPECT_EQ(put(dialect, list, end - 1ms), Request(ListRequest{"p", "q", Kinds::files}));
  EXPECT_EQ(put(dialect, kAll, end), kAll);
  EXPECT_EQ(put(dialect, list, end), list);
}

TEST(Dialect, asks_for_all_kinds_again_once_a_tracker_knows_what_a_folder_is) {
  Dialect dialect = old_since_start();
  Request question = put(dialect, kAll, kStart + 1s);
  EXPECT_TRUE(dialect.has_to_change(question, kIsFolder, kStart + 1s));
  EXPECT_EQ(question, kAll);
  EXPECT_EQ(put(dialect, kAll, kStart + 2s), kAll);
}

TEST(Dialect, takes_an_error_to_the_older_question_for_what_it_is) {
  Dialect dialect = old_since_start();
  Request question = put(dialect, kAll, kStart + 1s);
  EXPECT_FALSE(dialect.has_to_change(question, kError, kStart + 1s));
}

TEST(Dialect, leaves_other_requests_as_they_are) {
  Dialect dialect = old_since_start();
  FileInfo folder{"f", 1, 16384, {}, FolderInfo{1, 1}};
  for (const Request& other :
       {kFiles, Request(datagram::RegisterRequest{{}, 1, true, folder}),
        Request(datagram::HeartbeatRequest{}), Request(datagram::ScrapeRequest{})}) {
    Request question = put(dialect, other, kStart);
    EXPECT_EQ(question, other);
    EXPECT_FALSE(dialect.has_to_change(question, kError, kStart));
    EXPECT_EQ(question, other);
  }
  Dialect fresh;
  Request question = kFiles;
  EXPECT_FALSE(fresh.has_to_change(question, kIsFolder, kStart)) << "it was asked for files";
}

}  // namespace
}  // namespace shoal::discovery::dialect_test
