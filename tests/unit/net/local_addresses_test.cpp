#include "net/local_addresses.hpp"

#include <cstring>
#include <linux/if_addr.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <gmock/gmock.h>

namespace shoal::net::local_addresses_test {
namespace {

using One = LocalAddresses::One;
using testing::ElementsAre;
using testing::IsEmpty;

IpAddress address(std::string_view text) {
  return *IpAddress::parse(text);
}

template <class T>
void put(Bytes& bytes, const T& value) {
  const auto* raw = reinterpret_cast<const std::byte*>(&value);
  bytes.insert(bytes.end(), raw, raw + sizeof value);
}

void attribute(Bytes& body, std::uint16_t type, BytesView value) {
  rtattr head{};
  head.rta_len = static_cast<std::uint16_t>(sizeof head + value.size());
  head.rta_type = type;
  put(body, head);
  body.insert(body.end(), value.begin(), value.end());
  body.resize(NLMSG_ALIGN(body.size()));
}

Bytes message(std::uint16_t type, const Bytes& body) {
  nlmsghdr head{};
  head.nlmsg_len = static_cast<std::uint32_t>(sizeof head + body.size());
  head.nlmsg_type = type;
  Bytes bytes;
  put(bytes, head);
  bytes.insert(bytes.end(), body.begin(), body.end());
  return bytes;
}

Bytes about(std::uint16_t type, const IpAddress& one, std::uint32_t interface,
            std::uint32_t flags = 0) {
  ifaddrmsg head{};
  head.ifa_family = one.is_v4() ? AF_INET : AF_INET6;
  head.ifa_flags = static_cast<std::uint8_t>(flags);
  head.ifa_index = interface;
  Bytes body;
  put(body, head);
  const IpAddress::V4 v4 = one.is_v4() ? one.v4() : IpAddress::V4{};
  attribute(body, IFA_ADDRESS, one.is_v4() ? BytesView(v4) : BytesView(one.v6()));
  if (one.is_v4()) attribute(body, IFA_LABEL, as_bytes("eth0"));
  return message(type, body);
}

const One kV4{address("192.0.2.1"), 2};
const One kV6{address("2001:db8::1"), 3};

class LocalAddressesTest : public testing::Test {
 protected:
  void come(const One& one, std::uint32_t flags = 0) {
    addresses.take(about(RTM_NEWADDR, one.address, one.interface, flags));
  }
  void go(const One& one) { addresses.take(about(RTM_DELADDR, one.address, one.interface)); }

  LocalAddresses addresses;
};

TEST_F(LocalAddressesTest, come_and_go) {
  come(kV4);
  come(kV6);
  come(kV6);
  EXPECT_THAT(addresses.all(), testing::UnorderedElementsAre(kV4, kV6));
  go(kV4);
  EXPECT_THAT(addresses.all(), ElementsAre(kV6));
  go(kV4);
  go({kV6.address, 7});  // of another interface
  EXPECT_THAT(addresses.all(), ElementsAre(kV6));
}

TEST_F(LocalAddressesTest, are_complete_once_the_system_has_said_so) {
  Bytes all = about(RTM_NEWADDR, kV4.address, kV4.interface);
  const Bytes more = about(RTM_NEWADDR, kV6.address, kV6.interface);
  all.insert(all.end(), more.begin(), more.end());
  addresses.take(all);
  EXPECT_FALSE(addresses.complete());
  addresses.take(message(NLMSG_DONE, Bytes(4)));
  EXPECT_TRUE(addresses.complete());
  EXPECT_THAT(addresses.all(), testing::UnorderedElementsAre(kV4, kV6));
  addresses.clear();
  EXPECT_FALSE(addresses.complete());
  EXPECT_THAT(addresses.all(), IsEmpty());
}

TEST_F(LocalAddressesTest, count_once_they_can_be_used) {
  come(kV6, IFA_F_TENTATIVE);
  come(kV6, IFA_F_TENTATIVE | IFA_F_DADFAILED);
  EXPECT_THAT(addresses.all(), IsEmpty());
  come(kV6, IFA_F_PERMANENT);
  EXPECT_THAT(addresses.all(), ElementsAre(kV6));
  come(kV4, IFA_F_DEPRECATED);
  EXPECT_THAT(addresses.all(), testing::UnorderedElementsAre(kV4, kV6));
}

TEST_F(LocalAddressesTest, leave_out_loopback) {
  come({address("127.0.0.1"), 1});
  come({address("::1"), 1});
  EXPECT_THAT(addresses.all(), IsEmpty());
}

TEST_F(LocalAddressesTest, of_a_line_with_two_ends_are_those_of_ours) {
  ifaddrmsg head{};
  head.ifa_family = AF_INET;
  head.ifa_index = 2;
  Bytes body;
  put(body, head);
  const IpAddress::V4 theirs = address("192.0.2.9").v4();
  const IpAddress::V4 ours = kV4.address.v4();
  attribute(body, IFA_ADDRESS, theirs);
  attribute(body, IFA_LOCAL, ours);
  addresses.take(message(RTM_NEWADDR, body));
  EXPECT_THAT(addresses.all(), ElementsAre(kV4));
}

TEST_F(LocalAddressesTest, believe_no_lengths_and_no_other_messages) {
  const Bytes good = about(RTM_NEWADDR, kV6.address, kV6.interface);
  for (std::size_t size = 0; size < good.size(); ++size)
    addresses.take(BytesView(good).first(size));
  EXPECT_THAT(addresses.all(), IsEmpty());
  for (std::size_t at = 0; at < good.size(); ++at) {  // none may read past the end
    Bytes bad = good;
    for (const int value : {0, 1, 255}) {
      bad[at] = static_cast<std::byte>(value);
      LocalAddresses().take(bad);
    }
  }
  addresses.take(about(RTM_NEWLINK, kV6.address, kV6.interface));
  addresses.take(message(RTM_NEWADDR, {}));
  EXPECT_THAT(addresses.all(), IsEmpty());
}

}  // namespace
}  // namespace shoal::net::local_addresses_test
