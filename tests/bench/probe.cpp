#include "bench/probe.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <exception>
#include <fcntl.h>
#include <iostream>
#include <netinet/in.h>
#include <stdexcept>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

#include "base/clock.hpp"

namespace shoal::bench {
namespace {

int check(int result, const char* what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), what);
  return result;
}

double cpu_of(const rusage& usage) {
  const auto seconds = [](timeval time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double own_cpu() {
  rusage usage{};
  check(::getrusage(RUSAGE_SELF, &usage), "getrusage");
  return cpu_of(usage);
}

/// Sends everything the parts hold.
void send_all(int socket, std::span<iovec> parts) {
  while (!parts.empty()) {
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    const ssize_t sent = ::sendmsg(socket, &message, MSG_NOSIGNAL);
    if (sent < 0) throw std::system_error(errno, std::generic_category(), "sendmsg");
    auto left = static_cast<std::size_t>(sent);
    while (!parts.empty() && left >= parts.front().iov_len) {
      left -= parts.front().iov_len;
      parts = parts.subspan(1);
    }
    if (left > 0) {
      parts.front().iov_base = static_cast<std::byte*>(parts.front().iov_base) + left;
      parts.front().iov_len -= left;
    }
  }
}

/// The sending process: takes one connection, sends, ends.
[[noreturn]] void be_the_sender(int listener, const std::filesystem::path& source) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  try {
    const test::Descriptor socket(check(::accept(listener, nullptr, nullptr), "accept"));
    send_frames(source, socket.get());
    ::_exit(0);
  } catch (const std::exception& error) {
    std::cerr << "sender: " << error.what() << std::endl;
    ::_exit(1);
  }
}

struct Listener {
  test::Descriptor socket;
  sockaddr_in address{};
};

Listener listen_on_loopback() {
  Listener listener{test::Descriptor(check(::socket(AF_INET, SOCK_STREAM, 0), "socket")), {}};
  listener.address.sin_family = AF_INET;
  listener.address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* address = reinterpret_cast<sockaddr*>(&listener.address);
  socklen_t size = sizeof listener.address;
  check(::bind(listener.socket.get(), address, size), "bind");
  check(::listen(listener.socket.get(), 1), "listen");
  check(::getsockname(listener.socket.get(), address, &size), "getsockname");
  return listener;
}

}  // namespace

void send_frames(const std::filesystem::path& source, int socket) {
  const std::uint64_t size = std::filesystem::file_size(source);
  const test::Descriptor file(check(::open(source.c_str(), O_RDONLY), "open"));
  void* mapped = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, file.get(), 0);
  if (mapped == MAP_FAILED) throw std::system_error(errno, std::generic_category(), "mmap");
  auto* content = static_cast<std::byte*>(mapped);

  std::array<std::byte, kFrameHead> head{};
  for (std::uint64_t offset = 0; offset < size;) {
    std::array<iovec, kBatch * 2> parts;
    std::size_t used = 0;
    while (used < parts.size() && offset < size) {
      const auto length = static_cast<std::size_t>(std::min<std::uint64_t>(kBlock, size - offset));
      parts[used++] = {head.data(), head.size()};
      parts[used++] = {content + offset, length};
      offset += length;
    }
    send_all(socket, std::span(parts).first(used));
  }
}

ProbeResult run_probe(const ProbeOptions& options) {
  ProbeResult result;
  result.bytes = std::filesystem::file_size(options.source);
  Listener listener = listen_on_loopback();
  const pid_t sender = check(::fork(), "fork");
  if (sender == 0) be_the_sender(listener.socket.get(), options.source);
  const double cpu_before = own_cpu();
  const RealTime start = RealClock::now();
  {
    const test::Descriptor socket(check(::socket(AF_INET, SOCK_STREAM, 0), "socket"));
    check(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&listener.address),
                    sizeof listener.address),
          "connect");
    listener.socket.close();
    result.hashing = receive_frames(socket.get(), result.bytes, options);
  }
  result.seconds = std::chrono::duration<double>(RealClock::now() - start).count();
  result.receive_cpu = own_cpu() - cpu_before;

  int status = 0;
  rusage usage{};
  check(::wait4(sender, &status, 0, &usage), "wait4");
  if (status != 0) throw std::runtime_error("the sending process has failed");
  result.send_cpu = cpu_of(usage);
  return result;
}

}  // namespace shoal::bench
