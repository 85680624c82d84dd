#include "registry/id_table.hpp"

#include <map>
#include <random>

#include <gtest/gtest.h>

namespace shoal::registry::id_table_test {
namespace {

TEST(IdTable, does_what_a_map_does_with_crowded_hashes) {
  std::mt19937 random(5);
  // Few different hashes: long runs, with wrap-around at the end of the table.
  const auto hash = [](Id id) { return std::uint64_t{0xfffffff0u} + id % 23; };
  IdTable table;
  std::map<Id, bool> model;
  for (int step = 0; step < 20'000; ++step) {
    const Id id = static_cast<Id>(random() % 200);
    if (model[id])
      table.erase(hash(id), id);
    else
      table.insert(hash(id), id);
    model[id] = !model[id];
    const Id asked = static_cast<Id>(random() % 200);
    const Id found = table.find(hash(asked), [&](Id candidate) { return candidate == asked; });
    ASSERT_EQ(found, model[asked] ? asked : kNone) << "step " << step;
  }
}

TEST(IdTable, finds_nothing_while_it_is_empty) {
  const IdTable table;
  EXPECT_EQ(table.find(1, [](Id) { return true; }), kNone);
}

TEST(IdTable, finds_by_hash_and_by_key) {
  IdTable table;
  table.insert(5, 1);
  table.insert(5, 2);
  EXPECT_EQ(table.find(5, [](Id id) { return id == 2; }), 2u);
  EXPECT_EQ(table.find(6, [](Id) { return true; }), kNone);
  EXPECT_EQ(table.size(), 2u);
}

}  // namespace
}  // namespace shoal::registry::id_table_test
