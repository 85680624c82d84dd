#include "discovery/told_tracker.hpp"

#include <algorithm>
#include <utility>

#include "discovery/tracker_address.hpp"

namespace shoal::discovery {
namespace {

/// The family of a tracker that is given as an address; nothing for a name, which may have both.
std::optional<bool> is_given_as_v4(const std::string& tracker) {
  const auto address = parse_tracker_address(tracker);
  if (!address) return std::nullopt;
  if (address->host.contains(':')) return false;
  if (IpAddress::parse(address->host)) return true;
  return std::nullopt;
}

Sources only(bool v4, const Whereabouts& where) {
  Sources sources{std::nullopt, std::nullopt};
  (v4 ? sources.v4 : sources.v6) = where.source(v4);
  return sources;
}

/// Of which family a client of telling_clients() is.
std::vector<bool> families(const std::string& tracker, const Whereabouts& where) {
  const bool unreadable = !parse_tracker_address(tracker);
  if (const auto given = is_given_as_v4(tracker); given && where.listens_in(*given))
    return {*given};
  if (unreadable || !where.both_families) return {where.listens_in(true)};
  return {true, false};
}

}  // namespace

TrackerClients telling_clients(const asio::any_io_executor& executor, const std::string& name,
                               const Whereabouts& where, Duration first_retry, const Keys& keys) {
  TrackerClients clients;
  for (const bool v4 : families(name, where))
    clients.push_back(
        std::make_shared<TrackerClient>(executor, name, first_retry, keys, only(v4, where)));
  return clients;
}

ToldTracker::ToldTracker(const asio::any_io_executor& executor, std::string name,
                         const Whereabouts& where, const AnnouncerTiming& timing, const Keys& keys,
                         datagram::Proof proof) {
  const auto clients = telling_clients(executor, name, where, timing.first_retry, keys);
  const std::vector<bool> v4 = families(name, where);
  for (std::size_t i = 0; i < clients.size(); ++i)
    lines_.push_back(std::make_unique<TrackerLine>(executor, clients[i], where.said_in(v4[i]),
                                                   proof, timing.probe));
  // Who is asked as it is told is asked by the same client.
  const bool same = is_given_as_v4(name) == std::optional<bool>(v4.front()) &&
                    where.listens.address.is_unspecified();
  asked_ =
      same ? clients.front()
           : std::make_shared<TrackerClient>(executor, std::move(name), timing.first_retry, keys);
}

std::optional<Error> ToldTracker::fell_silent() {
  const auto silent = [](const auto& line) { return line->silence.has_value(); };
  if (!answers_ || !std::ranges::all_of(lines_, silent)) return std::nullopt;
  answers_ = false;
  // A line without addresses says less than one that was not answered.
  const auto telling = std::ranges::find_if(
      lines_, [](const auto& line) { return line->silence->code != Errc::not_found; });
  return telling != lines_.end() ? (*telling)->silence : lines_.front()->silence;
}

bool ToldTracker::is_back() {
  const auto answers = [](const auto& line) { return !line->silence; };
  return std::ranges::any_of(lines_, answers) && !std::exchange(answers_, true);
}

bool ToldTracker::waits_for_room() const {
  return std::ranges::any_of(lines_, [](const auto& line) { return line->plan.waits_for_room(); });
}

void ToldTracker::refused(const InfoHash& hash, Refusal refusal) {
  refused_.insert_or_assign(hash, std::move(refusal));
}

std::vector<ToldTracker::Refusal> ToldTracker::refusals() {
  using Outcome = AnnouncePlan::Outcome;
  std::vector<Refusal> to_tell;
  for (auto entry = refused_.begin(); entry != refused_.end();) {
    bool taken = false;
    bool may_come = false;
    for (const auto& line : lines_) {
      const Outcome outcome = line->plan.outcome(entry->first);
      taken = taken || outcome == Outcome::registered;
      may_come = may_come || (outcome == Outcome::pending && !line->silence);
    }
    if (may_come && !taken) {
      ++entry;
      continue;
    }
    if (!taken) to_tell.push_back(std::move(entry->second));
    entry = refused_.erase(entry);
  }
  return to_tell;
}

}  // namespace shoal::discovery
