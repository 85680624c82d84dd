#include <map>
#include <random>
#include <set>

#include <gtest/gtest.h>

#include "unit/registry/world.hpp"

namespace shoal::registry::model_test {
namespace {

using namespace world;

/// What the registry should know about hosts, in the plainest way: looked through as a whole each
/// time.
struct Model {
  struct Entry {
    FileInfo what;
    bool complete;
  };
  struct Host {
    std::map<std::string, Entry> files;
    Time deadline;
  };
  std::map<Endpoint, Host> hosts;

  void expire(Time now) {
    std::erase_if(hosts, [&](const auto& host) {
      return host.second.files.empty() || host.second.deadline <= now;
    });
  }
  [[nodiscard]] const FileInfo* holder(const std::string& name) const {
    for (const auto& [endpoint, host] : hosts)
      if (const auto at = host.files.find(name); at != host.files.end()) return &at->second.what;
    return nullptr;
  }
  [[nodiscard]] std::set<Endpoint> peers(const std::string& name) const {
    std::set<Endpoint> found;
    for (const auto& [endpoint, host] : hosts)
      if (host.files.contains(name)) found.insert(endpoint);
    return found;
  }
  [[nodiscard]] datagram::FileSet set(const Endpoint& endpoint) const {
    datagram::FileSet set;
    if (const auto at = hosts.find(endpoint); at != hosts.end())
      for (const auto& [name, entry] : at->second.files) set.add(info_hash(entry.what));
    return set;
  }
};

TEST(Registry, agrees_with_a_plain_model_over_random_lives_of_hosts) {
  std::mt19937 random(7);
  World world;
  Model model;
  std::vector<Peer> peers;
  for (int i = 0; i < 12; ++i)
    peers.push_back(
        peer(i, i % 3 == 0 ? "2001:db8::" + std::to_string(i) : "10.0.0." + std::to_string(i)));
  const Peer asker = peer(999, "203.0.113.9");
  int refused = 0, ended = 0;
  for (int step = 0; step < 20'000; ++step) {
    const Peer& who = peers[random() % peers.size()];
    const std::string name(1, static_cast<char>('a' + random() % 8));
    const auto content = static_cast<int>(random() % 2);
    const FileInfo what = random() % 2 == 0 ? file(name, 1000, content) : folder(name, name[0]);
    const auto choice = random() % 100;
    if (choice < 40) {
      const FileInfo* holder = model.holder(name);
      const bool complete = random() % 2 == 0;
      const auto done = world.add(who, what, complete);
      ASSERT_EQ(done.has_value(), holder == nullptr || *holder == what) << step;
      if (done) {
        Model::Host& host = model.hosts[who.endpoint()];
        host.files.insert_or_assign(name, Model::Entry{what, complete});
        host.deadline = world.now + seconds(45);
      }
      refused += done ? 0 : 1;
    } else if (choice < 65) {
      Peer beating = who;
      beating.set = model.set(who.endpoint());
      const auto at = model.hosts.find(who.endpoint());
      ASSERT_EQ(world.beat(beating), at != model.hosts.end()) << step;
      if (at != model.hosts.end()) at->second.deadline = world.now + seconds(45);
    } else if (choice < 75) {
      world.withdraw(who, info_hash(what));
      if (const auto at = model.hosts.find(who.endpoint()); at != model.hosts.end()) {
        const auto entry = at->second.files.find(name);
        if (entry != at->second.files.end() && entry->second.what == what)
          at->second.files.erase(entry);
      }
    } else if (choice < 77) {
      world.withdraw(who);
      model.hosts.erase(who.endpoint());
    } else {
      const std::size_t before = model.hosts.size();
      world.pass(milliseconds(random() % 12'000));
      model.expire(world.now);
      ended += model.hosts.size() < before ? 1 : 0;
    }
    model.expire(world.now);

    const auto found = world.find(name, asker);
    const std::set<Endpoint> expected = model.peers(name);
    ASSERT_EQ(found.has_value(), !expected.empty()) << step;
    if (!found) continue;
    ASSERT_EQ(std::set(found->peers.begin(), found->peers.end()), expected) << step;
    ASSERT_EQ(found->seeders + found->leechers, expected.size()) << step;
    ASSERT_EQ(found->root, model.holder(name)->root) << step;
  }
  EXPECT_GT(refused, 1000);
  EXPECT_GT(ended, 100);
  world.pass(seconds(45));
  EXPECT_EQ(world.registry.files(), 0u);
  EXPECT_EQ(world.registry.peers(), 0u);
}

}  // namespace
}  // namespace shoal::registry::model_test
