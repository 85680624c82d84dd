#pragma once

#include <optional>
#include <random>
#include <span>
#include <unordered_map>
#include <vector>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/ip/udp.hpp>

#include "base/clock.hpp"
#include "datagram/datagram.hpp"
#include "net/timer.hpp"

namespace shoal::discovery {

class Transaction;

/// The requests of one client that wait for answers, by random transaction ids.
class Transactions {
 public:
  explicit Transactions(asio::any_io_executor executor) : executor_(std::move(executor)) {}
  Transactions(const Transactions&) = delete;
  Transactions& operator=(const Transactions&) = delete;

  /// Gives a reply to the transaction that waits for it. False: nobody does (unknown id, wrong
  /// sender, wrong kind).
  bool deliver(const asio::ip::udp::endpoint& from, datagram::ReplyDatagram reply);
  /// All waits return.
  void wake_all();

 private:
  friend class Transaction;

  asio::any_io_executor executor_;
  std::random_device random_;
  std::unordered_map<datagram::TransactionId, Transaction*> open_;
};

/// One request: holds its id for as long as it lives.
class Transaction {
 public:
  /// `request` must outlive it.
  Transaction(Transactions& table, const datagram::Request& request);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  struct Answer {
    datagram::Reply reply;
    asio::ip::udp::endpoint from;
  };

  [[nodiscard]] datagram::TransactionId id() const { return id_; }
  /// Answers count only when they come from one of these.
  void expect_from(std::span<const asio::ip::udp::endpoint> senders) {
    senders_.assign(senders.begin(), senders.end());
  }
  /// Returns when answered or woken, at the latest at `until`.
  asio::awaitable<void> wait(Time until);
  void wake() { timer_.cancel(); }
  /// The first answer, once it is here.
  [[nodiscard]] std::optional<Answer>& answer() { return answer_; }

 private:
  friend class Transactions;

  Transactions& table_;
  const datagram::Request& request_;
  datagram::TransactionId id_;
  std::vector<asio::ip::udp::endpoint> senders_;
  net::Timer timer_;
  std::optional<Answer> answer_;
};

/// Whether a reply of this kind can answer that request. Errors can answer any but connect, which
/// is simply tried again.
[[nodiscard]] bool can_answer(const datagram::Reply& reply, const datagram::Request& request);

}  // namespace shoal::discovery
