#include "registry/slab.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace shoal::registry::slab_test {
namespace {

struct Record {
  std::string text;
  Links links;
};

std::vector<Id> order(Slab<Record>& slab, const IdList& list) {
  std::vector<Id> ids;
  for (Id id = list.front(); id != kNone; id = slab[id].links.next) ids.push_back(id);
  return ids;
}

TEST(Slab, keeps_records_where_they_are_and_hands_out_freed_places_fresh) {
  Slab<Record> slab;
  const Id first = slab.add();
  slab[first].text = "first";
  const Record* where = &slab[first];
  std::vector<Id> others;
  for (int i = 0; i < 5000; ++i) others.push_back(slab.add());
  EXPECT_EQ(&slab[first], where);
  EXPECT_EQ(slab[first].text, "first");
  EXPECT_EQ(slab.size(), 5001u);
  slab[others[7]].text = "old";
  slab.remove(others[7]);
  EXPECT_EQ(slab.size(), 5000u);
  EXPECT_EQ(slab.add(), others[7]);
  EXPECT_EQ(slab[others[7]].text, "");
}

TEST(IdList, keeps_order_when_records_leave_and_move) {
  Slab<Record> slab;
  IdList list;
  EXPECT_TRUE(list.empty());
  std::vector<Id> ids;
  for (int i = 0; i < 4; ++i) {
    ids.push_back(slab.add());
    list.push_back(slab, ids.back());
  }
  list.move_to_back(slab, ids[0]);
  EXPECT_EQ(order(slab, list), (std::vector{ids[1], ids[2], ids[3], ids[0]}));
  list.move_to_back(slab, ids[0]);
  list.move_to_back(slab, ids[2]);
  EXPECT_EQ(order(slab, list), (std::vector{ids[1], ids[3], ids[0], ids[2]}));
  list.erase(slab, ids[2]);
  list.erase(slab, ids[1]);
  EXPECT_EQ(order(slab, list), (std::vector{ids[3], ids[0]}));
  list.erase(slab, ids[3]);
  list.erase(slab, ids[0]);
  EXPECT_TRUE(list.empty());
}

}  // namespace
}  // namespace shoal::registry::slab_test
