#include "fleet/change.hpp"

#include <random>
#include <string>

#include <gtest/gtest.h>

#include "base/hex.hpp"

namespace shoal::fleet::change_test {
namespace {

Endpoint endpoint(std::string_view text) {
  return Endpoint::parse(text).value();
}

template <class Hash>
Hash hash(int seed) {
  Hash out;
  for (std::size_t i = 0; i < out.bytes.size(); ++i)
    out.bytes[i] = static_cast<std::byte>(seed + static_cast<int>(i));
  return out;
}

Registered registered(bool folder, bool again, bool complete, std::optional<Endpoint> said,
                      bool v6) {
  Registered change;
  change.from = v6 ? *IpAddress::parse("2001:db8::7") : *IpAddress::parse("192.0.2.7");
  change.again = again;
  change.request = {hash<PeerId>(1),
                    6881,
                    complete,
                    FileInfo{"big.iso", 123'456'789, 1 << 20, hash<Digest>(9), {}},
                    said,
                    datagram::Proof{0x1122334455667788}};
  if (folder) change.request.file.folder = FolderInfo{340, 31'415};
  return change;
}

/// One of each kind, in both address families, with and without what is optional.
std::vector<Change> all() {
  std::vector<Change> out;
  for (const bool flag : {false, true}) {
    const Endpoint host = endpoint(flag ? "[2001:db8::1]:6881" : "192.0.2.1:6881");
    const auto said = flag ? std::optional(endpoint("10.0.0.9:7000")) : std::nullopt;
    out.emplace_back(registered(flag, !flag, flag, said, !flag));
    out.emplace_back(registered(!flag, flag, flag, endpoint("[2001:db8::9]:1"), flag));
    out.emplace_back(Alive{host, Fingerprint{0xdeadbeef}});
    out.emplace_back(Withdrawn{host, {}, flag});
    out.emplace_back(Withdrawn{host, hash<InfoHash>(3), !flag});
    for (std::uint32_t event = 0; event < 4; ++event)
      out.emplace_back(
          Announced{host, hash<InfoHash20>(4), 0x01020304, flag, datagram::AnnounceEvent{event}});
    out.emplace_back(Want{host, Fingerprint{7}});
    out.emplace_back(WantAll{Origin{0x1234567890abcdef}});
    out.emplace_back(Here{flag});
    out.emplace_back(Stating{host, *IpAddress::parse(flag ? "10.0.0.1" : "2001:db8::5"),
                             hash<PeerId>(5), datagram::Proof{99}});
    out.emplace_back(Stated{host});
    out.emplace_back(Filled{});
  }
  return out;
}

Bytes encoded(const Batch& batch) {
  Bytes out;
  encode(batch, out);
  return out;
}

std::size_t size_of(const Change& change) {
  Bytes out;
  encode(change, out);
  return out.size();
}

TEST(Change, of_every_kind_comes_back_as_it_was) {
  for (const Change& change : all()) {
    const Batch batch{Origin{5}, 17, {}, {}, {change}};
    EXPECT_EQ(decode(encoded(batch)), batch) << change.index();
  }
}

TEST(Change, in_a_batch_of_all_kinds_keeps_its_place) {
  const Batch to_all{Origin{~0ull}, ~0ull, {}, {}, all()};
  EXPECT_EQ(decode(encoded(to_all)), to_all);
  const Batch to_one{Origin{5}, 17, Origin{6}, {1'700'000'000'000, 3}, all()};
  EXPECT_EQ(decode(encoded(to_one)), to_one);
  const Batch empty{Origin{5}, 17, {}, {}, {}};
  EXPECT_EQ(decode(encoded(empty)), empty);
}

TEST(Change, of_which_any_byte_is_missing_is_an_error_and_no_other_change) {
  for (const Change& change : all()) {
    const Batch batch{Origin{5}, 17, Origin{6}, {1, 3}, {change}};
    const Bytes bytes = encoded(batch);
    const std::size_t head = bytes.size() - size_of(change);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      const auto cut = decode(BytesView(bytes).first(size));
      if (size == head)
        EXPECT_TRUE(cut && cut->changes.empty());
      else
        EXPECT_FALSE(cut) << "kind " << change.index() << ", " << size << " bytes";
    }
  }
}

TEST(Change, costs_few_bytes) {
  EXPECT_EQ(size_of(Alive{endpoint("192.0.2.1:1"), {}}), 11u);
  EXPECT_EQ(size_of(Announced{endpoint("192.0.2.1:1"), {}, 0, false, {}}), 31u);
  EXPECT_EQ(size_of(registered(false, false, true, {}, false)),
            81u + std::string("big.iso").size());
}

TEST(Change, with_the_longest_name_keeps_its_bound) {
  Registered change = registered(true, true, true, endpoint("[2001:db8::9]:1"), true);
  change.request.file.name = std::string(255, 'x');
  EXPECT_LE(size_of(change), kMaxChange);
  const Batch batch{Origin{5}, 17, {}, {}, {change}};
  EXPECT_EQ(decode(encoded(batch)), batch);
}

TEST(Change, is_on_the_wire_as_the_document_says) {
  const Batch batch{Origin{1}, 2, {}, {}, {Alive{endpoint("192.0.2.1:6881"), Fingerprint{3}}}};
  EXPECT_EQ(to_hex(encoded(batch)),
            "0100"
            "0000000000000001"
            "0000000000000002"
            "01"
            "c0000201"
            "1ae1"
            "00000003");
}

TEST(Batch, of_another_version_or_without_an_origin_or_number_is_refused) {
  const Batch good{Origin{5}, 17, Origin{6}, {1, 2}, all()};
  Bytes bytes = encoded(good);
  bytes[0] = std::byte{2};
  EXPECT_FALSE(decode(bytes));
  EXPECT_FALSE(decode(encoded({kNobody, 17, {}, {}, {}})));
  EXPECT_FALSE(decode(encoded({Origin{5}, 0, {}, {}, {}})));
  bytes = encoded(good);
  for (std::size_t i = 18; i < 26; ++i) bytes[i] = std::byte{0};  // for one, and for nobody
  EXPECT_FALSE(decode(bytes));
}

TEST(Batch, that_is_too_large_is_refused_before_it_is_read) {
  Batch batch{Origin{5}, 17, {}, {}, {}};
  batch.changes.assign(kMaxChanges, Here{});
  EXPECT_TRUE(decode(encoded(batch)));
  batch.changes.emplace_back(Here{});
  EXPECT_FALSE(decode(encoded(batch)));
  Bytes bytes = encoded({Origin{5}, 17, {}, {}, {}});
  bytes.resize(kMaxBatch + 1);
  EXPECT_FALSE(decode(bytes));
}

TEST(Batch, with_an_unknown_kind_or_family_is_refused_whole) {
  const Batch batch{Origin{5}, 17, {}, {}, {Here{}}};
  for (const int kind : {0, 11, 12, 13, 14, 15}) {
    Bytes bytes = encoded(batch);
    bytes.back() = static_cast<std::byte>(kind);
    EXPECT_FALSE(decode(bytes)) << kind;
  }
  Bytes bytes = encoded({Origin{5}, 17, {}, {}, {registered(false, false, true, {}, false)}});
  bytes.back() = std::byte{5};  // said, in no family there is
  EXPECT_FALSE(decode(bytes));
}

TEST(Batch, of_any_bytes_is_read_or_refused_and_what_is_read_can_be_written) {
  std::mt19937 random(1);
  const Bytes good = encoded({Origin{5}, 17, Origin{6}, {1, 2}, all()});
  std::size_t read = 0;
  for (int i = 0; i < 2000; ++i) {
    Bytes bytes = good;
    for (auto changes = 1 + random() % 3; changes > 0; --changes)
      bytes[random() % bytes.size()] = static_cast<std::byte>(random());
    bytes.resize(random() % 4 == 0 ? random() % bytes.size() : bytes.size());
    const auto batch = decode(bytes);
    if (!batch) continue;
    ++read;
    EXPECT_EQ(decode(encoded(*batch)), *batch);
  }
  EXPECT_GT(read, 100u);
}

}  // namespace
}  // namespace shoal::fleet::change_test
