#include <utility>

#include <shoal/leecher.hpp>

#include "session/session.hpp"

namespace shoal {

Leecher::Leecher(Runtime& runtime, PeerOptions options, EventHandler on_event)
    : session_(Session::start(runtime, options, std::move(on_event), Session::Role::leecher)) {}

Leecher::Leecher(Leecher&&) noexcept = default;

Leecher::~Leecher() {
  if (session_) session_->abandon();
}

void Leecher::fetch(const std::string& target, FetchOptions options) {
  session_->fetch(target, std::move(options));
}

void Leecher::list(const std::string& prefix,
                   std::function<void(Result<std::vector<CatalogueEntry>>)> done) {
  session_->list(prefix, std::move(done));
}

void Leecher::list_folder(const std::string& name, std::vector<std::string> parts,
                          std::function<void(Result<std::vector<FolderEntry>>)> done) {
  session_->list_folder(name, std::move(parts), std::move(done));
}

Endpoint Leecher::address() const {
  return session_->address();
}

void Leecher::set_limits(const RateLimits& limits) {
  session_->set_limits(limits);
}

void Leecher::set_upload_slots(std::size_t slots) {
  session_->set_upload_slots(slots);
}

SessionStatus Leecher::status() const {
  return session_->status();
}

SessionStatus Leecher::totals() const {
  return session_->totals();
}

void Leecher::close(std::function<void()> done) {
  session_->close(std::move(done));
}

}  // namespace shoal
