#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <system_error>

#include "base/bytes.hpp"
#include "secure/tls_context.hpp"

namespace shoal::secure {

/// One TLS connection without its socket: bytes are taken from a Source and left in outgoing().
/// Failures are std::system_error, of the source or with a TlsErrc; after one, the session is good
/// for nothing but its last outgoing() bytes. One thread.
class TlsSession {
 public:
  /// Reads what has come over the network: how many bytes, 0 when there is nothing now;
  /// TlsErrc::cut when the stream has ended.
  using Source = std::function<std::expected<std::size_t, std::error_code>(MutableBytes)>;

  TlsSession(std::shared_ptr<const TlsContext> context, bool dials,
             std::uint64_t rekey_after = kRekeyAfter);
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;

  /// Goes as far as it can. True when done: both sides have proven the key.
  [[nodiscard]] bool handshake(const Source& source);
  /// Decrypts as much as is here and fits; 0 when there is nothing now. Takes in kMostBesides bytes
  /// more than fit at most, whatever they are; then more may be here. TlsErrc::closed when the
  /// other side has said that it ends.
  [[nodiscard]] std::size_t read(MutableBytes into, const Source& source);
  /// Encrypts; in records as large as `plain`, up to kMostRecord.
  void write(BytesView plain);
  /// Tells the other side that nothing follows.
  void close();

  /// For tests that play a peer with bad manners.
  [[nodiscard]] SSL* connection() { return ssl_.get(); }
  /// What is to be sent, in order; whoever sends it takes it away.
  [[nodiscard]] Bytes& outgoing() { return outgoing_; }

  static constexpr std::size_t kMostRecord = 16 << 10;
  /// Bytes after which the sending key is replaced, far below what AES-GCM can bear (RFC
  /// 8446, 5.5).
  static constexpr std::uint64_t kRekeyAfter = std::uint64_t{64} << 30;
  static constexpr std::size_t kMostBesides = 64 << 10;
  /// How often the other side may send what is work and no data, such as a new key; once more for
  /// each GiB that comes from it.
  static constexpr std::uint64_t kMostChores = 32;

 private:
  [[nodiscard]] static const BIO_METHOD* method();
  static int receive(BIO* bio, char* to, int size);
  static int send(BIO* bio, const char* from, int size);
  static long control(BIO* bio, int command, long number, void* pointer);
  static void watch(int writes, int version, int type, const void* bytes, std::size_t size,
                    SSL* connection, void* of);

  /// What the failed call with this result means.
  [[nodiscard]] std::error_code failure(int result);
  void check_agreement();
  [[nodiscard]] bool too_many_chores() const { return chores_ > kMostChores + (received_ >> 30); }

  std::shared_ptr<const TlsContext> context_;
  std::unique_ptr<SSL, TlsContext::Free> ssl_;
  const Source* source_ = nullptr;  // during a call
  std::error_code source_failure_;
  std::error_code ended_;  // told when all that came before has been read
  Bytes outgoing_;
  bool established_ = false;
  std::uint64_t rekey_after_;
  std::uint64_t since_rekey_ = 0;
  std::uint64_t received_ = 0;  // bytes of data
  std::uint64_t chores_ = 0;
  std::size_t budget_ = 0;  // how much this read() may still take from the source
};

}  // namespace shoal::secure
