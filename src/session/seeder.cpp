#include <utility>

#include <shoal/leecher.hpp>
#include <shoal/seeder.hpp>

#include "session/session.hpp"

namespace shoal {

Seeder::Seeder(Runtime& runtime, PeerOptions options, EventHandler on_event)
    : session_(Session::start(runtime, options, std::move(on_event), Session::Role::seeder)) {}

Seeder::Seeder(Leecher&& leecher) : session_(std::exchange(leecher.session_, nullptr)) {
  session_->become_seeder();
}

Seeder::Seeder(Seeder&&) noexcept = default;

Seeder::~Seeder() {
  if (session_) session_->abandon();
}

void Seeder::add(const std::filesystem::path& path, OfferOptions options) {
  session_->add(path, std::move(options));
}

Endpoint Seeder::address() const {
  return session_->address();
}

void Seeder::set_limits(const RateLimits& limits) {
  session_->set_limits(limits);
}

void Seeder::set_upload_slots(std::size_t slots) {
  session_->set_upload_slots(slots);
}

SessionStatus Seeder::status() const {
  return session_->status();
}

SessionStatus Seeder::totals() const {
  return session_->totals();
}

void Seeder::close(std::function<void()> done) {
  session_->close(std::move(done));
}

}  // namespace shoal
