#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_set>

#include "metainfo/spelling.hpp"
#include "registry/siphash.hpp"

namespace shoal::fleet {

/// Names that stand for something here without the log having granted it for all. Names are kept as
/// 64-bit keyed hashes; spellings of one name are one.
class UnconfirmedNames {
 public:
  explicit UnconfirmedNames(const registry::SipKey& key) : key_(key) {}

  /// Granted by this tracker alone, while the log was away or slow.
  void grant_alone(std::string_view name) { alone_.insert(hash(name)); }
  /// Granted from the log by a tracker that does not know yet what the others know.
  void grant_for_now(std::string_view name) {
    const std::uint64_t key = hash(name);
    alone_.erase(key);
    for_now_.insert(key);
  }
  /// The log has granted it.
  void confirm(std::string_view name) {
    if (alone_.empty() && for_now_.empty()) return;
    const std::uint64_t key = hash(name);
    alone_.erase(key);
    for_now_.erase(key);
  }
  /// All is known now: what nobody has spoken against holds.
  void confirm_for_now() { for_now_.clear(); }

  /// It gives way to every record of the log.
  [[nodiscard]] bool is_alone(std::string_view name) const {
    return !alone_.empty() && alone_.contains(hash(name));
  }
  /// It gives way to what we are told by who knows everything; among what is new, the first holds.
  [[nodiscard]] bool is_for_now(std::string_view name) const {
    return !for_now_.empty() && for_now_.contains(hash(name));
  }
  [[nodiscard]] std::size_t alone() const { return alone_.size(); }

 private:
  [[nodiscard]] std::uint64_t hash(std::string_view name) const {
    if (!may_be_spelled_otherwise(name)) return registry::siphash(key_, as_bytes(name));
    return registry::siphash(key_, as_bytes(common_spelling(name)));
  }

  registry::SipKey key_;
  std::unordered_set<std::uint64_t> alone_;
  std::unordered_set<std::uint64_t> for_now_;
};

}  // namespace shoal::fleet
