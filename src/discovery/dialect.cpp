#include "discovery/dialect.hpp"

#include <variant>

namespace shoal::discovery {
namespace {

using datagram::Kinds;

/// Null of questions that have one form only.
Kinds* kinds_of(datagram::Request& question) {
  if (auto* lookup = std::get_if<datagram::LookupRequest>(&question)) return &lookup->kinds;
  if (auto* list = std::get_if<datagram::ListRequest>(&question)) return &list->kinds;
  return nullptr;
}

bool says_is_folder(const datagram::Reply& answer) {
  const auto* no = std::get_if<datagram::RefuseReply>(&answer);
  return no != nullptr && no->reason == datagram::RefuseReason::is_folder;
}

}  // namespace

void Dialect::put(datagram::Request& question, Time now) {
  if (old_until_ && now >= *old_until_) old_until_.reset();
  Kinds* const kinds = kinds_of(question);
  if (kinds != nullptr && old_until_) *kinds = Kinds::files;
}

bool Dialect::has_to_change(datagram::Request& question, const datagram::Reply& answer, Time now) {
  Kinds* const kinds = kinds_of(question);
  if (kinds == nullptr) return false;
  if (*kinds == Kinds::all && std::holds_alternative<datagram::ErrorReply>(answer)) {
    old_until_ = now + kOldFor;
    *kinds = Kinds::files;
    return true;
  }
  if (old_until_ && *kinds == Kinds::files && says_is_folder(answer)) {
    old_until_.reset();
    *kinds = Kinds::all;
    return true;
  }
  return false;
}

}  // namespace shoal::discovery
