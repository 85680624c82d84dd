#include "net/names.hpp"

#include <algorithm>
#include <exception>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <asio/execution/context.hpp>
#include <asio/experimental/as_tuple.hpp>
#include <asio/post.hpp>
#include <asio/query.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>

#include "net/timer.hpp"

namespace shoal::net {
namespace {

Names::Looked look_up_with(const Names::Lookup& lookup, const std::string& host) {
  try {
    return lookup(host);
  } catch (const std::exception& failure) {
    return std::unexpected("cannot look up " + host + ": " + failure.what());
  }
}

}  // namespace

/// One lookup, and who waits for it.
struct Names::Flight {
  std::vector<std::shared_ptr<Timer>> waiting;
  std::optional<Looked> result;
};

/// Where threads bring what they have found. It outlives the loop; what comes after that is not
/// wanted any more.
struct Names::Landing {
  std::mutex mutex;
  Names* names = nullptr;          // null when the loop is gone
  asio::any_io_executor executor;  // its

  void bring(const std::string& host, Looked looked) {
    const std::lock_guard lock(mutex);
    if (names == nullptr) return;
    asio::post(executor, [self = names, host, looked = std::move(looked)]() mutable {
      self->landed(host, std::move(looked));
    });
  }
};

asio::execution_context::id Names::id;

Names& Names::of(const asio::any_io_executor& executor) {
  return asio::use_service<Names>(asio::query(executor, asio::execution::context));
}

Names::Names(asio::execution_context& loop)
    : asio::execution_context::service(loop),
      lookup_(std::make_shared<const Lookup>(&look_up)),
      landing_(std::make_shared<Landing>()) {
  landing_->names = this;
}

Names::~Names() = default;

/// The loop ends. Nobody waits for the threads that still look something up.
void Names::shutdown() {
  const std::lock_guard lock(landing_->mutex);
  landing_->names = nullptr;
  landing_->executor = {};
  for (const auto& [host, flight] : flights_) flight->waiting.clear();
  flights_.clear();
}

void Names::set_lookup(Lookup lookup) {
  lookup_ = std::make_shared<const Lookup>(std::move(lookup));
}

asio::awaitable<NamedHost> Names::find(std::string host, Time deadline) {
  const auto executor = co_await asio::this_coro::executor;
  {
    const std::lock_guard lock(landing_->mutex);
    landing_->executor = executor;
  }
  auto& place = flights_[host];
  if (!place) {
    place = std::make_shared<Flight>();
    queue_.push_back(host);
  }
  const std::shared_ptr<Flight> flight = place;
  const auto timer = std::make_shared<Timer>(executor, deadline);
  flight->waiting.push_back(timer);
  start_some();
  co_await timer->async_wait(asio::experimental::as_tuple(asio::use_awaitable));
  std::erase(flight->waiting, timer);
  if (flight->result && *flight->result) co_return NamedHost{.addresses = **flight->result};
  NamedHost known{.addresses = cache_.find(host, Clock::now()),
                  .problem = flight->result ? flight->result->error() : silence_about(host),
                  .under_way = !flight->result};
  known.remembered = !known.addresses.empty();
  co_return known;
}

/// As many as there is room for, of those that somebody still waits for.
void Names::start_some() {
  while (threads_ < kMostLookups && !queue_.empty()) {
    const std::string host = std::move(queue_.front());
    queue_.pop_front();
    if (flights_[host]->waiting.empty()) {
      flights_.erase(host);
    } else {
      start(host);
    }
  }
}

void Names::start(const std::string& host) {
  ++threads_;
  try {
    std::thread([landing = landing_, lookup = lookup_, host] {
      landing->bring(host, look_up_with(*lookup, host));
    }).detach();
  } catch (const std::system_error& failure) {
    landing_->bring(host, std::unexpected("cannot look up " + host + ": " + failure.what()));
  }
}

void Names::landed(const std::string& host, Looked looked) {
  --threads_;
  if (looked) cache_.keep(host, *looked, Clock::now());
  if (const auto flight = flights_.extract(host)) {
    flight.mapped()->result = std::move(looked);
    for (const auto& timer : flight.mapped()->waiting) timer->cancel();
  }
  start_some();
}

}  // namespace shoal::net
