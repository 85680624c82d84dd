#pragma once

#include <list>
#include <map>
#include <optional>
#include <utility>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>

#include "net/wakeup.hpp"

namespace shoal::session {

/// Lets one coroutine at a time have each key; others wait for it, in the order in which they came.
/// It outlives those who wait and those who have their turn. One thread.
template <class Key>
class OneAtATime {
 public:
  explicit OneAtATime(asio::any_io_executor executor) : executor_(std::move(executor)) {}
  OneAtATime(const OneAtATime&) = delete;
  OneAtATime& operator=(const OneAtATime&) = delete;

  /// To have a key: the next one has it when this dies.
  class Turn {
   public:
    Turn(OneAtATime& of, Key key) : of_(&of), key_(std::move(key)) {}
    Turn(Turn&& other) noexcept : of_(std::exchange(other.of_, nullptr)), key_(other.key_) {}
    Turn& operator=(Turn&&) = delete;
    ~Turn() {
      if (of_ != nullptr) of_->leave(key_);
    }

   private:
    OneAtATime* of_;
    Key key_;
  };

  /// Nothing when stop() comes first.
  asio::awaitable<std::optional<Turn>> enter(Key key) {
    if (stopped_) co_return std::nullopt;
    const auto [line, is_free] = lines_.try_emplace(key);
    if (is_free) co_return Turn(*this, std::move(key));
    Waiter waiter(line->second, executor_);
    while (!waiter.has_turn && !stopped_) co_await waiter.news.wait();
    if (!waiter.has_turn) co_return std::nullopt;
    co_return Turn(*this, std::move(key));
  }
  /// Nobody has a turn any more; who waits for one is told so.
  void stop() {
    stopped_ = true;
    for (auto& [key, line] : lines_)
      for (Waiter* waiter : line) waiter->news.notify_all();
  }

 private:
  struct Waiter;
  using Line = std::list<Waiter*>;

  /// Stands in its line until it has its turn or dies, even when its coroutine is destroyed.
  struct Waiter {
    Waiter(Line& in, const asio::any_io_executor& executor)
        : news(executor), line(in), place(in.insert(in.end(), this)) {}
    ~Waiter() {
      if (!has_turn) line.erase(place);
    }
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;

    net::Wakeup news;
    Line& line;
    typename Line::iterator place;
    bool has_turn = false;
  };

  void leave(const Key& key) {
    const auto found = lines_.find(key);
    Line& line = found->second;
    if (line.empty()) {
      lines_.erase(found);
      return;
    }
    Waiter& next = *line.front();
    line.pop_front();
    next.has_turn = true;
    next.news.notify_all();
  }

  asio::any_io_executor executor_;
  std::map<Key, Line> lines_;  // of the keys that somebody has: who waits
  bool stopped_ = false;
};

}  // namespace shoal::session
