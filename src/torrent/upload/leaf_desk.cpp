#include "torrent/upload/leaf_desk.hpp"

#include <algorithm>
#include <utility>

namespace shoal::torrent {
namespace {

std::size_t leaves_of(const merkle::LayerTree& tree) {
  return tree.layer().size();
}

/// Bytes that a party may spend `elapsed` after it had `left`.
std::int64_t grown(std::int64_t left, Duration elapsed) {
  using Seconds = std::chrono::duration<double>;
  constexpr auto kLongest = std::chrono::hours(1);  // until any account is full
  const double more = Seconds(std::min<Duration>(elapsed, kLongest)).count() *
                      static_cast<double>(LeafDesk::kEachSecond);
  return std::min(LeafDesk::kAllowance, left + static_cast<std::int64_t>(more));
}

}  // namespace

const merkle::LayerTree* LeafDesk::find(const Job& piece) const {
  const auto found = std::ranges::find(kept_, piece, &Kept::piece);
  return found == kept_.end() ? nullptr : &found->leaves;
}

bool LeafDesk::is_wanted(const Job& piece) const {
  return hashed_ == piece || std::ranges::find(waiting_, piece, &Waiting::piece) != waiting_.end();
}

bool LeafDesk::ask(const Job& piece, std::uint64_t bytes, const Asker& asker, const Party& party,
                   Time now) {
  const auto waits = static_cast<std::size_t>(std::ranges::count(waiting_, party, &Waiting::party));
  if (waits >= kMostWaiting) return false;
  if (!is_wanted(piece)) {
    Account& account = account_of(party, now);
    if (account.left <= 0) return false;
    account.left -= static_cast<std::int64_t>(bytes);
  }
  waiting_.push_back({piece, asker, party});
  return true;
}

LeafDesk::Account& LeafDesk::account_of(const Party& party, Time now) {
  if (accounts_.size() >= kMostParties && !accounts_.contains(party)) forget_one(now);
  Account& account = accounts_.try_emplace(party, Account{.at = now}).first->second;
  account.left = grown(account.left, now - account.at);
  account.at = now;
  return account;
}

/// The party that will have all of its allowance first: little is forgotten with it.
void LeafDesk::forget_one(Time now) {
  const auto fullest = std::ranges::max_element(accounts_, {}, [now](const auto& entry) {
    return grown(entry.second.left, now - entry.second.at);
  });
  accounts_.erase(fullest);
}

void LeafDesk::step_out(ConnectionKey peer) {
  std::erase_if(waiting_, [peer](const Waiting& one) { return one.asker.peer == peer; });
}

void LeafDesk::step_out(SwarmKey swarm) {
  std::erase_if(waiting_, [swarm](const Waiting& one) { return one.piece.swarm == swarm; });
  std::erase_if(kept_, [swarm](const Kept& one) { return one.piece.swarm == swarm; });
  if (hashed_ && hashed_->swarm == swarm) hashed_.reset();
}

std::optional<LeafDesk::Job> LeafDesk::next() {
  if (hashed_ || waiting_.empty()) return std::nullopt;
  // The party that had its last turn longest ago; of its requests the first.
  const auto last_turn = [this](const Waiting& one) {
    const auto account = accounts_.find(one.party);
    return account == accounts_.end() ? 0 : account->second.turn;
  };
  const auto first = std::ranges::min_element(waiting_, {}, last_turn);
  const auto account = accounts_.find(first->party);
  if (account != accounts_.end()) account->second.turn = ++turns_;
  hashed_ = first->piece;
  return hashed_;
}

std::vector<LeafDesk::Asker> LeafDesk::done(const Job& piece,
                                            std::optional<merkle::LayerTree> leaves) {
  if (hashed_ == piece) hashed_.reset();
  if (leaves) keep(piece, *std::move(leaves));
  std::vector<Asker> askers;
  std::erase_if(waiting_, [&](const Waiting& one) {
    if (one.piece != piece) return false;
    askers.push_back(one.asker);
    return true;
  });
  return askers;
}

void LeafDesk::keep(const Job& piece, merkle::LayerTree leaves) {
  std::erase_if(kept_, [&](const Kept& one) { return one.piece == piece; });
  kept_.push_front({piece, std::move(leaves)});
  std::size_t all = 0;
  for (std::size_t i = 0; i < kept_.size(); ++i) {
    all += leaves_of(kept_[i].leaves);
    if (i > 0 && all > kMostKept)
      kept_.erase(kept_.begin() + static_cast<std::ptrdiff_t>(i), kept_.end());
  }
}

}  // namespace shoal::torrent
