#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "support/fake_fetch.hpp"

namespace shoal::test {

inline FileInfo file(const std::string& name, int content = 1, std::uint64_t length = 100'000) {
  FileInfo info{name, length, 16384, Digest{}};
  if (length > 0) info.root.bytes[0] = static_cast<std::byte>(content);
  return info;
}

inline const Endpoint kPeer = *Endpoint::parse("192.0.2.1:7000");

/// One session's fetches, with a backend, a finder and a time that tests play.
class FetchTaskTest : public testing::Test {
 protected:
  using Task = std::shared_ptr<session::FetchTask>;

  Task fetch(const std::string& target, FetchOptions options = {}) {
    options.directory = "/here";
    std::optional<FileName> as;
    if (!options.as.empty()) as = *FileName::parse(options.as);
    auto task = std::make_shared<session::FetchTask>(backend, finder, turns, target, as, options);
    net::spawn(loop.get_executor(), run(task, failures));
    return task;
  }
  /// Until nothing is left to do.
  void run() {
    loop.restart();
    loop.run();
  }
  void is_offered(const FileInfo& info) {
    finder->known[info.name] = {
        .file = info, .seeders = 2, .leechers = 0, .peers = {kPeer}, .tracker = "t"};
  }
  Link link_to(const FileInfo& info) {
    Link link;
    link.info_hash = info_hash(info);
    finder->searching->description = info_dict(info);
    finder->searching->known = {kPeer};
    return link;
  }
  /// All of it comes after that time.
  void comes_after(Duration duration) {
    time.after(duration, [this] {
      backend->download.sample.fetched = 100'000;
      backend->download.ended = Result<void>{};
    });
  }
  template <class Kind>
  [[nodiscard]] std::vector<Kind> told() const {
    return backend->told_of<Kind>();
  }
  [[nodiscard]] std::vector<std::string> notices() const {
    std::vector<std::string> messages;
    for (const auto& notice : told<event::Notice>()) messages.push_back(notice.message);
    return messages;
  }

  FetchTime time;
  asio::io_context loop;
  std::shared_ptr<FakeFetchBackend> backend = std::make_shared<FakeFetchBackend>(time, loop);
  std::shared_ptr<FakeFinder> finder = std::make_shared<FakeFinder>(time);
  std::shared_ptr<session::FetchTurns> turns =
      std::make_shared<session::FetchTurns>(loop.get_executor());
  std::vector<event::Failed> failures;

 private:
  static asio::awaitable<void> run(Task task, std::vector<event::Failed>& failures) {
    const auto failed = co_await session::FetchTask::run(task);
    if (failed) failures.push_back(*failed);
  }
};

}  // namespace shoal::test
