#include "net/address_watch.hpp"

#ifdef __linux__

#  include <algorithm>
#  include <array>
#  include <cerrno>
#  include <iterator>
#  include <linux/netlink.h>
#  include <linux/rtnetlink.h>
#  include <optional>
#  include <set>
#  include <sys/socket.h>
#  include <unistd.h>
#  include <utility>

#  include <asio/awaitable.hpp>
#  include <asio/posix/stream_descriptor.hpp>
#  include <asio/redirect_error.hpp>
#  include <asio/steady_timer.hpp>
#  include <asio/use_awaitable.hpp>
#  include <spdlog/spdlog.h>

#  include "net/local_addresses.hpp"
#  include "net/spawn.hpp"
#  include "net/wakeup.hpp"

namespace shoal::net {
namespace {

/// An interface that is set up anew loses its addresses and gets them back.
constexpr auto kSettling = std::chrono::milliseconds(500);

/// -1, with errno, where that is not allowed.
int open_netlink() {
  const int fd = ::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR;
  if (fd >= 0 && ::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return fd;
  const int why = errno;
  if (fd >= 0) ::close(fd);
  errno = why;
  return -1;
}

bool ask_for_all(int socket) {
  struct {
    nlmsghdr head{};
    ifaddrmsg about{};
  } request;
  request.head.nlmsg_len = sizeof request;
  request.head.nlmsg_type = RTM_GETADDR;
  request.head.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  request.about.ifa_family = AF_UNSPEC;
  return ::send(socket, &request, sizeof request, MSG_NOSIGNAL) == ssize_t{sizeof request};
}

std::set<IpAddress> addresses_of(const std::set<LocalAddresses::One>& all) {
  std::set<IpAddress> addresses;
  for (const auto& one : all) addresses.insert(one.address);
  return addresses;
}

}  // namespace

struct AddressWatch::State {
  State(const asio::any_io_executor& executor, int fd, OnChange handler)
      : socket(executor, fd), timer(executor), on_change(std::move(handler)) {}

  static asio::awaitable<void> watch(std::shared_ptr<State> self);
  void read_all();
  void tell();

  asio::posix::stream_descriptor socket;
  asio::steady_timer timer;
  OnChange on_change;
  LocalAddresses addresses;
  std::optional<std::set<IpAddress>> told;  // nothing before the first that are known
  bool closed = false;
};

asio::awaitable<void> AddressWatch::State::watch(std::shared_ptr<State> self) {
  State& s = *self;
  while (!s.closed) {
    std::error_code failure;
    co_await s.socket.async_wait(asio::posix::stream_descriptor::wait_read,
                                 asio::redirect_error(asio::use_awaitable, failure));
    if (s.closed || failure) co_return;
    s.read_all();
    if (!s.told && s.addresses.complete()) s.told = addresses_of(s.addresses.all());
    if (!s.told || s.told == addresses_of(s.addresses.all())) continue;
    co_await sleep(s.timer, kSettling);
    if (s.closed) co_return;
    s.read_all();
    if (s.addresses.complete()) s.tell();
  }
}

void AddressWatch::State::read_all() {
  std::array<std::byte, 32768> buffer;  // what rtnetlink(7) makes at most, and more
  for (;;) {
    const ssize_t size = ::recv(socket.native_handle(), buffer.data(), buffer.size(), 0);
    if (size > 0) {
      addresses.take(BytesView(buffer).first(static_cast<std::size_t>(size)));
    } else if (size < 0 && errno == ENOBUFS) {  // some were lost
      addresses.clear();
      ask_for_all(socket.native_handle());
    } else {
      return;
    }
  }
}

void AddressWatch::State::tell() {
  const std::set<IpAddress> now = addresses_of(addresses.all());
  const std::set<IpAddress> before = std::exchange(told, now).value_or(now);
  Change change;
  std::ranges::set_difference(now, before, std::back_inserter(change.come));
  std::ranges::set_difference(before, now, std::back_inserter(change.gone));
  if (!change.come.empty() || !change.gone.empty()) on_change(change);
}

AddressWatch::AddressWatch(const asio::any_io_executor& executor, OnChange on_change) {
  const int fd = open_netlink();
  if (fd < 0 || !ask_for_all(fd)) {
    spdlog::info("changes of this machine's addresses are not told here: {}",
                 std::error_code(errno, std::system_category()).message());
    if (fd >= 0) ::close(fd);
    return;
  }
  state_ = std::make_shared<State>(executor, fd, std::move(on_change));
  spawn(executor, State::watch(state_));
}

AddressWatch::~AddressWatch() {
  if (!state_) return;
  state_->closed = true;
  state_->timer.cancel();
  std::error_code ignored;
  state_->socket.close(ignored);
}

}  // namespace shoal::net

#else

namespace shoal::net {

struct AddressWatch::State {};

AddressWatch::AddressWatch(const asio::any_io_executor&, OnChange) {}
AddressWatch::~AddressWatch() = default;

}  // namespace shoal::net

#endif
