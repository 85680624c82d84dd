#include "discovery/queries.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <utility>

#include "discovery/answers.hpp"
#include "discovery/wait.hpp"
#include "metainfo/name.hpp"
#include "metainfo/spelling.hpp"
#include "net/spawn.hpp"
#include "net/timer.hpp"

namespace shoal::discovery {
namespace {

using datagram::Kinds;
using Entries = std::vector<datagram::ListEntry>;

struct Told {
  std::shared_ptr<TrackerClient> tracker;
  Result<Answer> answer;
};

/// One request on its way to all trackers: their answers in the order they come.
class Round {
 public:
  Round(const asio::any_io_executor& executor, std::size_t trackers)
      : timer_(executor), left_(trackers) {}

  static std::shared_ptr<Round> begin(const asio::any_io_executor& executor,
                                      const TrackerClients& trackers,
                                      const datagram::Request& request, Duration patience) {
    auto round = std::make_shared<Round>(executor, trackers.size());
    for (const auto& tracker : trackers)
      net::spawn(executor, ask(round, tracker, request, patience));
    return round;
  }

  /// The next answer. Nothing when all have answered, or nobody else did within kGrace of the first
  /// that did.
  asio::awaitable<std::optional<Told>> next() {
    while (told_.empty()) {
      if (left_ == 0 || Clock::now() >= end_) co_return std::nullopt;
      co_await wait_until(timer_, end_);
    }
    Told told = std::move(told_.front());
    told_.pop_front();
    co_return told;
  }

 private:
  static asio::awaitable<void> ask(std::shared_ptr<Round> round,
                                   std::shared_ptr<TrackerClient> tracker,
                                   datagram::Request request, Duration patience) {
    auto answer = co_await tracker->ask(std::move(request), patience);
    if (answer) round->end_ = std::min(round->end_, Clock::now() + kGrace);
    round->told_.push_back({std::move(tracker), std::move(answer)});
    --round->left_;
    round->timer_.cancel();
  }

  net::Timer timer_;
  std::size_t left_;
  Time end_ = Time::max();
  std::deque<Told> told_;
};

/// What to report when nobody gave a good answer: the error that tells most; the silent ones all by
/// name, also those for which the round was over too soon.
class Failures {
 public:
  explicit Failures(TrackerClients asked) : silent_(std::move(asked)) {}

  void add(const TrackerClient& tracker, Error error) {
    if (error.code != Errc::no_tracker)
      std::erase_if(silent_, [&](const auto& one) { return one.get() == &tracker; });
    if (!worst_ || rank(error.code) < rank(worst_->code)) worst_ = std::move(error);
  }
  [[nodiscard]] Error summary() && {
    if (!worst_) return {Errc::no_tracker, "there is no tracker to ask; give one as host:port"};
    if (worst_->code == Errc::not_found && !silent_.empty())
      worst_->message += "; no answer from " + silent_names();
    if (worst_->code == Errc::no_tracker && silent_.size() > 1) {
      return {Errc::no_tracker,
              "none of the trackers answers (" + silent_names() +
                  "); check that one runs, that the addresses are right, and that no firewall "
                  "drops UDP"};
    }
    return *std::move(worst_);
  }

 private:
  static std::ptrdiff_t rank(Errc code) {
    constexpr std::array kOrder = {Errc::cancelled, Errc::conflict, Errc::not_found,
                                   Errc::bad_name};
    if (code == Errc::no_tracker) return std::ssize(kOrder) + 1;
    return std::ranges::find(kOrder, code) - kOrder.begin();
  }

  [[nodiscard]] std::string silent_names() const {
    std::string names;
    for (const auto& tracker : silent_) {
      names += (names.empty() ? "" : ", ") + tracker->name();
      if (!tracker->name_problem().empty()) names += ": " + tracker->name_problem();
    }
    return names;
  }

  TrackerClients silent_;
  std::optional<Error> worst_;
};

Result<Lookup> judge(const Told& told, const std::string& name, const std::optional<Digest>& root) {
  if (!told.answer) return std::unexpected(told.answer.error());
  return read_lookup(*told.answer, name, root, told.tracker->name());
}

void merge(Lookup& into, Lookup&& more) {
  into.seeders = std::max(into.seeders, more.seeders);
  into.leechers = std::max(into.leechers, more.leechers);
  into.peers.insert(into.peers.end(), more.peers.begin(), more.peers.end());
}

/// The rest of a catalogue whose first page is in `told`.
asio::awaitable<Result<Entries>> read_pages(Told told, std::string prefix, Duration patience) {
  Entries list;
  for (;;) {
    if (!told.answer) co_return std::unexpected(told.answer.error());
    const auto more = append_page(*told.answer, prefix, told.tracker->name(), list);
    if (!more) co_return std::unexpected(more.error());
    if (!*more || list.size() >= kMostListed) break;
    // Not inside the co_await: GCC 12 copies the bytes of aggregates made there.
    datagram::Request next = datagram::ListRequest{prefix, list.back().name, Kinds::all};
    told.answer = co_await told.tracker->ask(std::move(next), patience);
  }
  list.resize(std::min(list.size(), kMostListed));
  co_return list;
}

asio::awaitable<Result<Entries>> list_as_spelled(asio::any_io_executor executor,
                                                 TrackerClients trackers, std::string prefix,
                                                 Duration patience) {
  const datagram::ListRequest request{prefix, "", Kinds::all};
  const auto round = Round::begin(executor, trackers, request, patience);
  Failures failures(std::move(trackers));
  for (;;) {
    auto told = co_await round->next();
    if (!told) break;
    const auto tracker = told->tracker;
    auto list = co_await read_pages(*std::move(told), prefix, patience);
    if (list) co_return list;
    failures.add(*tracker, std::move(list).error());
  }
  co_return std::unexpected(std::move(failures).summary());
}

}  // namespace

asio::awaitable<Result<Lookup>> find_name(asio::any_io_executor executor, TrackerClients trackers,
                                          PeerId me, FileName name, std::optional<Digest> root,
                                          Duration patience) {
  const datagram::LookupRequest request{me, name.text(), Kinds::all};
  const auto round = Round::begin(executor, trackers, request, patience);
  Failures failures(std::move(trackers));
  for (;;) {
    const auto told = co_await round->next();
    if (!told) break;
    auto lookup = judge(*told, name.text(), root);
    if (lookup) co_return lookup;
    failures.add(*told->tracker, std::move(lookup).error());
  }
  co_return std::unexpected(std::move(failures).summary());
}

asio::awaitable<Result<Lookup>> find_all_peers(asio::any_io_executor executor,
                                               TrackerClients trackers, PeerId me, FileInfo file,
                                               Duration patience) {
  const datagram::LookupRequest request{me, file.name, Kinds::all};
  const auto round = Round::begin(executor, trackers, request, patience);
  std::optional<Lookup> merged;
  Failures failures(std::move(trackers));
  for (;;) {
    const auto told = co_await round->next();
    if (!told) break;
    auto lookup = judge(*told, file.name, file.root);
    if (lookup && lookup->file != file) lookup = fail(Errc::conflict, "other piece length");
    if (!lookup) {
      failures.add(*told->tracker, std::move(lookup).error());
    } else if (merged) {
      merge(*merged, *std::move(lookup));
    } else {
      merged = *std::move(lookup);
    }
  }
  if (!merged) co_return std::unexpected(std::move(failures).summary());
  std::ranges::sort(merged->peers);
  const auto repeated = std::ranges::unique(merged->peers);
  merged->peers.erase(repeated.begin(), repeated.end());
  co_return *std::move(merged);
}

asio::awaitable<Result<Entries>> list_names(asio::any_io_executor executor, TrackerClients trackers,
                                            std::string prefix, Duration patience) {
  auto list = co_await list_as_spelled(executor, trackers, prefix, patience);
  for (const std::string& spelling : other_spellings(prefix)) {
    if (!list || !list->empty()) break;
    if (!check_name(spelling)) continue;  // it may be too long
    auto other = co_await list_as_spelled(executor, trackers, spelling, patience);
    if (other) list = std::move(other);
  }
  co_return list;
}

}  // namespace shoal::discovery
