#include "net/local_addresses.hpp"

#include <algorithm>
#include <cstring>
#include <linux/if_addr.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <optional>
#include <sys/socket.h>

namespace shoal::net {
namespace {

template <class T>
std::optional<T> read_front(BytesView bytes) {
  if (bytes.size() < sizeof(T)) return std::nullopt;
  T value;
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

/// Takes `length` bytes off the front, and what fills them up to four.
void skip_aligned(BytesView& bytes, std::size_t length) {
  bytes = bytes.subspan(std::min<std::size_t>(NLMSG_ALIGN(length), bytes.size()));
}

std::optional<IpAddress> read_address(BytesView bytes, int family) {
  if (family == AF_INET) {
    const auto v4 = read_front<IpAddress::V4>(bytes);
    return v4 ? std::optional(IpAddress(*v4)) : std::nullopt;
  }
  const auto v6 = read_front<IpAddress::V6>(bytes);
  return v6 ? std::optional(IpAddress(*v6)) : std::nullopt;
}

}  // namespace

void LocalAddresses::take(BytesView messages) {
  while (const auto head = read_front<nlmsghdr>(messages)) {
    if (head->nlmsg_len < sizeof *head || head->nlmsg_len > messages.size()) return;
    const BytesView body = messages.subspan(sizeof *head, head->nlmsg_len - sizeof *head);
    if (head->nlmsg_type == RTM_NEWADDR) take_address(body, true);
    if (head->nlmsg_type == RTM_DELADDR) take_address(body, false);
    if (head->nlmsg_type == NLMSG_DONE) complete_ = true;
    skip_aligned(messages, head->nlmsg_len);
  }
}

void LocalAddresses::clear() {
  all_.clear();
  complete_ = false;
}

void LocalAddresses::take_address(BytesView body, bool is_here) {
  const auto about = read_front<ifaddrmsg>(body);
  if (!about || (about->ifa_family != AF_INET && about->ifa_family != AF_INET6)) return;
  std::optional<IpAddress> address;
  std::optional<IpAddress> local;  // where the two differ, the other is that of the far end
  skip_aligned(body, sizeof *about);
  while (const auto head = read_front<rtattr>(body)) {
    if (head->rta_len < sizeof *head || head->rta_len > body.size()) return;
    const BytesView value = body.subspan(sizeof *head, head->rta_len - sizeof *head);
    if (head->rta_type == IFA_ADDRESS) address = read_address(value, about->ifa_family);
    if (head->rta_type == IFA_LOCAL) local = read_address(value, about->ifa_family);
    skip_aligned(body, head->rta_len);
  }
  if (local) address = local;
  if (!address || address->is_loopback()) return;
  const One one{*address, about->ifa_index};
  const bool usable = (about->ifa_flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED)) == 0;
  if (!is_here) {
    all_.erase(one);
  } else if (usable) {
    all_.insert(one);
  }
}

}  // namespace shoal::net
