#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <asio/io_context.hpp>

#include "net/names.hpp"

namespace shoal::test {

/// Name servers that say what a test wants, or nothing until it is told to; on all threads that
/// look something up on `loop`.
class FakeNames {
 public:
  explicit FakeNames(asio::io_context& loop) {
    net::Names::of(loop.get_executor()).set_lookup([state = state_](const std::string& host) {
      return state->look_up(host);
    });
  }
  /// Threads that are left would wait for ever, and look like a leak.
  ~FakeNames() { answer_all(); }
  FakeNames(const FakeNames&) = delete;

  void know(const std::string& host, const std::string& address) {
    know(host, std::vector{address});
  }
  void know(const std::string& host, const std::vector<std::string>& addresses) {
    net::Addresses all;
    for (const std::string& one : addresses) all.push_back(asio::ip::make_address(one));
    say(host, std::move(all));
  }
  void refuse(const std::string& host, const std::string& problem) {
    say(host, std::unexpected(problem));
  }
  void be_silent(const std::string& host) {
    const std::lock_guard lock(state_->mutex);
    state_->answers.erase(host);
  }
  void answer_all() {
    const std::lock_guard lock(state_->mutex);
    state_->over = true;
    state_->changed.notify_all();
  }
  /// How often `host` was looked up so far, and how many threads are at it for any.
  [[nodiscard]] std::size_t lookups(const std::string& host) const {
    const std::lock_guard lock(state_->mutex);
    const auto found = state_->lookups.find(host);
    return found == state_->lookups.end() ? 0 : found->second;
  }
  [[nodiscard]] std::size_t threads() const {
    const std::lock_guard lock(state_->mutex);
    return state_->threads;
  }

 private:
  struct State {
    net::Names::Looked look_up(const std::string& host) {
      std::unique_lock lock(mutex);
      ++lookups[host];
      ++threads;
      changed.wait(lock, [&] { return over || answers.contains(host); });
      --threads;
      const auto found = answers.find(host);
      return found == answers.end() ? std::unexpected("too late") : found->second;
    }

    std::mutex mutex;
    std::condition_variable changed;
    std::map<std::string, net::Names::Looked> answers;
    std::map<std::string, std::size_t> lookups;
    std::size_t threads = 0;
    bool over = false;
  };

  void say(const std::string& host, net::Names::Looked answer) {
    const std::lock_guard lock(state_->mutex);
    state_->answers.insert_or_assign(host, std::move(answer));
    state_->changed.notify_all();
  }

  std::shared_ptr<State> state_ = std::make_shared<State>();
};

}  // namespace shoal::test
