#include <cstdlib>
#include <random>

#include <gtest/gtest.h>

#include "support/fake_fleet.hpp"

/// Whatever happens to a fleet, afterwards its trackers know the same.
namespace shoal::fleet::schedule_test {
namespace {

using namespace registry::world;

constexpr std::size_t kTrackers = 3;
constexpr std::size_t kHosts = 8;
constexpr int kNames = 6;
constexpr Duration kHeartbeat = seconds(30);

/// A seeder as ours are: calls one tracker, turns to another when that is silent, registers what it
/// has again when it is told to, and gives up what is refused.
struct Client {
  Peer who;
  std::map<std::string, FileInfo> files;  ///< what it offers
  std::map<Ticket, std::string> asked;    ///< of the tracker it calls now
  std::size_t tracker = 0;
  Time next_call;
};

class Schedule {
 public:
  explicit Schedule(unsigned seed) : random_(seed), fleet_(kTrackers, milliseconds(100)) {
    for (std::size_t i = 0; i < kHosts; ++i) {
      Client& client = clients_.emplace_back();
      client.who = peer(static_cast<int>(i), "10.0.0." + std::to_string(i + 1));
      client.who.proof = datagram::Proof{i + 1};
      client.tracker = any(kTrackers);
      client.next_call = fleet_.now;
    }
    fleet_.pass(seconds(4));
  }

  void storm(Duration time) {
    for (const Time end = fleet_.now + time; fleet_.now < end;) {
      if (any(40) == 0) disturb();
      if (any(4) == 0) act(clients_[any(kHosts)]);
      step();
    }
  }
  /// All is well again: nobody does anything but call.
  void calm(Duration time) {
    fleet_.log.away = false;
    for (std::size_t i = 0; i < kTrackers; ++i) {
      if (!fleet_.nodes[i]) fleet_.start(i);
      fleet_.feed(i).cut = fleet_.feed(i).doubles = false;
      fleet_.feed(i).read_delay = fleet_.feed(i).write_delay = {};
    }
    for (const Time end = fleet_.now + time; fleet_.now < end;) step();
  }

  /// What the hosts believe to have registered.
  [[nodiscard]] std::map<Endpoint, std::set<std::string>> offered() const {
    std::map<Endpoint, std::set<std::string>> out;
    for (const Client& client : clients_)
      for (const auto& [name, what] : client.files)
        out[client.who.endpoint()].insert(
            name + " " + to_hex(what.root).substr(0, 4) + " " +
            std::to_string(std::to_integer<int>(client.who.id.bytes[19])));
    return out;
  }

  FakeFleet& fleet() { return fleet_; }

 private:
  std::size_t any(std::size_t many) { return random_() % many; }

  void disturb() {
    const std::size_t i = any(kTrackers);
    switch (any(9)) {
      case 0:
        return fleet_.lives(i) ? fleet_.kill(i) : void();
      case 1:
      case 2:
        return fleet_.nodes[i] ? void() : fleet_.start(i);
      case 3:
        fleet_.log.away = !fleet_.log.away;
        return;
      case 4:
        return fleet_.log.empty();
      case 5:
        return fleet_.log.trim(fleet_.now - seconds(static_cast<int>(any(20))));
      default:
        break;
    }
    if (!fleet_.nodes[i]) return;
    FakeFeed& feed = fleet_.feed(i);
    feed.cut = any(3) == 0;
    feed.doubles = any(2) == 0;
    feed.read_delay = milliseconds(any(2) * any(1000));
    feed.write_delay = milliseconds(any(2) * any(1000));
  }

  void act(Client& client) {
    if (!fleet_.lives(client.tracker)) return;
    const std::string name(1, static_cast<char>('a' + any(kNames)));
    const auto held = client.files.find(name);
    switch (any(6)) {
      case 0:  // started again: it is somebody else now
        client.who.id.bytes[19] = static_cast<std::byte>(random_());
        client.files.clear();
        client.asked.clear();
        client.who.set = {};
        return;
      case 1:
        if (held == client.files.end()) return;
        fleet_.withdraw(client.tracker, client.who, info_hash(held->second));
        client.who.set.remove(info_hash(held->second));
        client.files.erase(held);
        return;
      case 2:
        fleet_.withdraw(client.tracker, client.who);
        client.files.clear();
        client.who.set = {};
        return;
      default:
        if (held != client.files.end()) return;
        client.files[name] = file(name, 1000, static_cast<int>(1 + any(3)));
        client.who.set.add(info_hash(client.files[name]));
        offer(client, name);
    }
  }

  void offer(Client& client, const std::string& name) {
    auto sent = fleet_.send(client.tracker, client.who, client.files.at(name));
    if (const auto* ticket = std::get_if<Ticket>(&sent))
      client.asked[*ticket] = name;
    else
      hear(client, name, std::get<Granted>(sent));
  }
  static void hear(Client& client, const std::string& name, const Granted& granted) {
    const auto held = client.files.find(name);
    if (granted || held == client.files.end()) return;
    client.who.set.remove(info_hash(held->second));
    client.files.erase(held);
  }

  void call(Client& client) {
    if (!fleet_.lives(client.tracker)) {
      client.tracker = (client.tracker + 1 + any(kTrackers - 1)) % kTrackers;
      client.asked.clear();
      client.next_call = fleet_.now + seconds(1);
      return;
    }
    client.next_call = fleet_.now + kHeartbeat;
    if (client.files.empty() || fleet_.beat(client.tracker, client.who)) return;
    std::vector<std::string> names;
    for (const auto& [name, what] : client.files) names.push_back(name);
    for (const std::string& name : names)
      if (client.files.contains(name)) offer(client, name);
  }

  void step() {
    for (Client& client : clients_)
      if (client.next_call <= fleet_.now) call(client);
    fleet_.step();
    for (Client& client : clients_) {
      if (!fleet_.nodes[client.tracker]) {
        client.asked.clear();
        continue;
      }
      std::erase_if(client.asked, [&](const auto& one) {
        const auto granted = fleet_.answer(client.tracker, one.first);
        if (granted) hear(client, one.second, *granted);
        return granted.has_value();
      });
    }
  }

  std::mt19937 random_;
  FakeFleet fleet_;
  std::vector<Client> clients_;
};

/// SHOAL_SCHEDULES: so many seeds in all. SHOAL_SCHEDULE: that one alone.
unsigned from_environment(const char* name, unsigned otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : static_cast<unsigned>(std::strtoul(text, nullptr, 10));
}

/// What the schedules brought about: they shall be no walk in the park.
struct Met {
  std::size_t offered = 0;
  std::uint64_t granted_alone = 0;
  std::uint64_t wanted = 0;
  std::uint64_t doubled = 0;
};

void expect_equal_after(unsigned seed, Met& met) {
  Schedule schedule(seed);
  schedule.storm(minutes(2));
  schedule.calm(minutes(5));
  FakeFleet& fleet = schedule.fleet();
  const auto offered = schedule.offered();
  for (const auto& [host, files] : offered) met.offered += files.size();
  for (std::size_t i = 0; i < kTrackers; ++i) {
    ASSERT_TRUE(fleet.lives(i)) << "seed " << seed;
    const ReplicaStatus status = fleet[i].status(fleet.now);
    met.granted_alone += status.granted_alone;
    met.wanted += status.wanted;
    met.doubled += status.doubled;
    EXPECT_EQ(fleet.known(i).hosts, offered) << "seed " << seed << ", tracker " << i;
    EXPECT_EQ(fleet.known(i).names, fleet.known(0).names) << "seed " << seed << ", tracker " << i;
  }
}

constexpr unsigned kParts = 4;  ///< so that each is short

class Schedules : public testing::TestWithParam<unsigned> {};

TEST_P(Schedules, of_kills_cuts_delays_and_claims_end_in_equal_registries) {
  Met met;
  if (const unsigned one = from_environment("SHOAL_SCHEDULE", 0); one != 0)
    return expect_equal_after(one, met);
  const unsigned seeds = from_environment("SHOAL_SCHEDULES", 240);
  for (unsigned seed = 1 + GetParam(); seed <= seeds && !HasFailure(); seed += kParts)
    expect_equal_after(seed, met);
  const unsigned each = seeds / kParts;
  EXPECT_GT(met.offered, each);
  EXPECT_GT(met.granted_alone, each);
  EXPECT_GT(met.wanted, each);
  EXPECT_GT(met.doubled, each);
}

INSTANTIATE_TEST_SUITE_P(Random, Schedules, testing::Range(0u, kParts));

}  // namespace
}  // namespace shoal::fleet::schedule_test
