#include "discovery/transactions.hpp"

#include <algorithm>
#include <utility>

#include "discovery/wait.hpp"

namespace shoal::discovery {
namespace {

using namespace datagram;

struct Answers {
  const Reply& reply;
  bool operator()(const ConnectRequest&) const {
    return std::holds_alternative<ConnectReply>(reply);
  }
  bool operator()(const AnnounceRequest&) const {
    return std::holds_alternative<AnnounceReply>(reply);
  }
  bool operator()(const ScrapeRequest&) const { return std::holds_alternative<ScrapeReply>(reply); }
  bool operator()(const RegisterRequest& request) const {
    const auto* registered = std::get_if<RegisterReply>(&reply);
    return registered != nullptr && registered->of_folder == request.file.folder.has_value();
  }
  bool operator()(const HeartbeatRequest&) const {
    return std::holds_alternative<HeartbeatReply>(reply);
  }
  bool operator()(const WithdrawRequest&) const {
    return std::holds_alternative<WithdrawReply>(reply);
  }
  bool operator()(const LookupRequest& request) const {
    const auto* found = std::get_if<LookupReply>(&reply);
    return found != nullptr && found->kinds == request.kinds;
  }
  bool operator()(const ListRequest& request) const {
    const auto* listed = std::get_if<ListReply>(&reply);
    return listed != nullptr && listed->kinds == request.kinds;
  }
};

}  // namespace

bool can_answer(const Reply& reply, const Request& request) {
  const bool is_error =
      std::holds_alternative<ErrorReply>(reply) || std::holds_alternative<RefuseReply>(reply);
  if (is_error) return !std::holds_alternative<ConnectRequest>(request);
  return std::visit(Answers{reply}, request);
}

bool Transactions::deliver(const asio::ip::udp::endpoint& from, ReplyDatagram reply) {
  const auto found = open_.find(reply.transaction);
  if (found == open_.end()) return false;
  Transaction& transaction = *found->second;
  const bool wanted = !transaction.answer_ &&
                      std::ranges::find(transaction.senders_, from) != transaction.senders_.end() &&
                      can_answer(reply.reply, transaction.request_);
  if (!wanted) return false;
  transaction.answer_ = {std::move(reply.reply), from};
  transaction.timer_.cancel();
  return true;
}

void Transactions::wake_all() {
  for (const auto& [id, transaction] : open_) transaction->wake();
}

Transaction::Transaction(Transactions& table, const Request& request)
    : table_(table), request_(request), timer_(table.executor_) {
  do {
    id_ = TransactionId{table_.random_()};
  } while (!table_.open_.emplace(id_, this).second);
}

Transaction::~Transaction() {
  table_.open_.erase(id_);
}

asio::awaitable<void> Transaction::wait(Time until) {
  if (!answer_) co_await wait_until(timer_, until);
}

}  // namespace shoal::discovery
