#include "secure/tls_session.hpp"

#include <algorithm>
#include <stdexcept>
#include <string_view>
#include <utility>

#include <openssl/err.h>

#include "secure/tls_error.hpp"

namespace shoal::secure {
namespace {

constexpr std::size_t kReadBuffer = 64 << 10;  // many records, once it is known who sends them

struct FreeMethod {
  void operator()(BIO_METHOD* method) const { BIO_meth_free(method); }
};

}  // namespace

// ---- OpenSSL's view of the network ------------------------------------------

const BIO_METHOD* TlsSession::method() {
  static const std::unique_ptr<BIO_METHOD, FreeMethod> made = [] {
    std::unique_ptr<BIO_METHOD, FreeMethod> fresh(BIO_meth_new(BIO_TYPE_SOURCE_SINK, "shoal"));
    if (fresh == nullptr) throw std::bad_alloc();
    BIO_meth_set_read(fresh.get(), &TlsSession::receive);
    BIO_meth_set_write(fresh.get(), &TlsSession::send);
    BIO_meth_set_ctrl(fresh.get(), &TlsSession::control);
    return fresh;
  }();
  return made.get();
}

int TlsSession::receive(BIO* bio, char* to, int size) {
  auto& self = *static_cast<TlsSession*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  if (self.source_ == nullptr) return -1;
  if (self.too_many_chores()) {
    self.source_failure_ = TlsErrc::broken;
    return -1;
  }
  const MutableBytes room(reinterpret_cast<std::byte*>(to),
                          std::min(static_cast<std::size_t>(size), self.budget_));
  if (room.empty()) {
    BIO_set_retry_read(bio);
    return -1;
  }
  const auto got = (*self.source_)(room);
  if (!got) {
    self.source_failure_ = got.error();
    return got.error() == TlsErrc::cut ? 0 : -1;
  }
  self.budget_ -= *got;
  if (*got > 0) return static_cast<int>(*got);
  BIO_set_retry_read(bio);
  return -1;
}

int TlsSession::send(BIO* bio, const char* from, int size) {
  Bytes& out = static_cast<TlsSession*>(BIO_get_data(bio))->outgoing_;
  const BytesView bytes = as_bytes({from, static_cast<std::size_t>(size)});
  out.insert(out.end(), bytes.begin(), bytes.end());
  return size;
}

long TlsSession::control(BIO* bio, int command, long, void*) {
  const auto& self = *static_cast<TlsSession*>(BIO_get_data(bio));
  if (command == BIO_CTRL_EOF) return self.source_failure_ == TlsErrc::cut ? 1 : 0;
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

/// Counts handshake messages that come after the handshake.
void TlsSession::watch(int writes, int, int type, const void*, std::size_t, SSL*, void* of) {
  auto& self = *static_cast<TlsSession*>(of);
  if (self.established_ && writes == 0 && type == SSL3_RT_HANDSHAKE) ++self.chores_;
}

// ---- the session ------------------------------------------------------------

TlsSession::TlsSession(std::shared_ptr<const TlsContext> context, bool dials,
                       std::uint64_t rekey_after)
    : context_(std::move(context)), ssl_(context_->connection(dials)), rekey_after_(rekey_after) {
  BIO* const bio = BIO_new(method());
  if (bio == nullptr) throw std::bad_alloc();
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_.get(), bio, bio);  // which owns it from here on
  SSL_set_msg_callback(ssl_.get(), &TlsSession::watch);
  SSL_set_msg_callback_arg(ssl_.get(), this);
}

bool TlsSession::handshake(const Source& source) {
  source_ = &source;
  budget_ = kMostBesides;
  ERR_clear_error();
  const int result = SSL_do_handshake(ssl_.get());
  source_ = nullptr;
  if (result == 1) {
    check_agreement();
    established_ = true;
    SSL_set_default_read_buffer_len(ssl_.get(), kReadBuffer);
    return true;
  }
  if (SSL_get_error(ssl_.get(), result) == SSL_ERROR_WANT_READ) return false;
  throw std::system_error(failure(result));
}

/// OpenSSL has made sure of most; what it leaves to its callers.
void TlsSession::check_agreement() {
  if (SSL_session_reused(ssl_.get()) != 1) throw std::system_error(TlsErrc::no_common_key);
  const unsigned char* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl_.get(), &name, &size);
  if (std::string_view(reinterpret_cast<const char*>(name), size) != kProtocol) {
    throw std::system_error(TlsErrc::other_protocol);
  }
}

std::size_t TlsSession::read(MutableBytes into, const Source& source) {
  std::size_t total = 0;
  source_ = &source;
  budget_ = into.size() + kMostBesides;
  while (total < into.size() && !ended_) {
    ERR_clear_error();
    std::size_t size = 0;
    const int result = SSL_read_ex(ssl_.get(), into.data() + total, into.size() - total, &size);
    if (result == 1) {
      total += size;
    } else if (SSL_get_error(ssl_.get(), result) == SSL_ERROR_WANT_READ) {
      break;
    } else {
      ended_ = failure(result);
    }
  }
  source_ = nullptr;
  received_ += total;
  if (total == 0 && ended_) throw std::system_error(ended_);
  return total;
}

void TlsSession::write(BytesView plain) {
  if (plain.empty()) return;
  if (since_rekey_ >= rekey_after_) {
    since_rekey_ = 0;
    SSL_key_update(ssl_.get(), SSL_KEY_UPDATE_NOT_REQUESTED);
  }
  since_rekey_ += plain.size();
  ERR_clear_error();
  std::size_t written = 0;
  const int result = SSL_write_ex(ssl_.get(), plain.data(), plain.size(), &written);
  if (result != 1) throw std::system_error(failure(result));
}

void TlsSession::close() {
  ERR_clear_error();
  if (!ended_ && established_) SSL_shutdown(ssl_.get());
  ERR_clear_error();
}

std::error_code TlsSession::failure(int result) {
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_ZERO_RETURN:
      return TlsErrc::closed;
    case SSL_ERROR_SSL:
      return take_openssl_error();
    default:
      ERR_clear_error();
      return source_failure_ ? source_failure_ : make_error_code(TlsErrc::broken);
  }
}

}  // namespace shoal::secure
