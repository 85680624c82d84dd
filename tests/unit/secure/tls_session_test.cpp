#include "secure/tls_session.hpp"

#include <algorithm>

#include <gmock/gmock.h>
#include <openssl/x509.h>

#include "secure/tls_error.hpp"
#include "unit/secure/keys_for_tests.hpp"

namespace shoal::secure::tls_session_test {
namespace {

/// One direction of a network.
struct Line {
  Bytes waiting;
  bool ended = false;
  Bytes seen;  ///< everything that ever went over it

  void carry(Bytes& from) {
    waiting.insert(waiting.end(), from.begin(), from.end());
    seen.insert(seen.end(), from.begin(), from.end());
    from.clear();
  }
  TlsSession::Source source() {
    return [this](MutableBytes into) -> std::expected<std::size_t, std::error_code> {
      if (waiting.empty() && ended) return std::unexpected(make_error_code(TlsErrc::cut));
      const std::size_t size = std::min(into.size(), waiting.size());
      std::copy_n(waiting.begin(), size, into.begin());
      waiting.erase(waiting.begin(), waiting.begin() + static_cast<long>(size));
      return size;
    };
  }
};

/// One end, and how its handshake went.
struct End {
  End(const Keys& keys, bool dials, std::uint64_t rekey_after = TlsSession::kRekeyAfter)
      : session(std::make_shared<TlsContext>(keys), dials, rekey_after) {}

  void step(Line& in, Line& out) {
    if (!done && !failure) {
      try {
        done = session.handshake(in.source());
      } catch (const std::system_error& error) {
        failure = error.code();
      }
    }
    out.carry(session.outgoing());
  }
  std::string read(Line& in) {
    Bytes into(100'000);
    const std::size_t size = session.read(into, in.source());
    return std::string(as_text(BytesView(into).first(size)));
  }
  std::error_code failure_of_read(Line& in) {
    try {
      read(in);
      return {};
    } catch (const std::system_error& error) {
      return error.code();
    }
  }

  TlsSession session;
  bool done = false;
  std::error_code failure;
};

struct Talk {
  Talk(const Keys& client_keys, const Keys& server_keys,
       std::uint64_t rekey_after = TlsSession::kRekeyAfter)
      : client(client_keys, true, rekey_after), server(server_keys, false) {
    for (int i = 0; i < 4; ++i) {
      client.step(to_client, to_server);
      server.step(to_server, to_client);
    }
  }
  void say(std::string_view words) {
    client.session.write(as_bytes(words));
    to_server.carry(client.session.outgoing());
  }

  Line to_server, to_client;
  End client, server;
};

TEST(TlsSession, with_the_same_key_carries_words_both_ways) {
  Talk talk(ring_of(1), ring_of(1));
  ASSERT_TRUE(talk.client.done) << talk.client.failure.message();
  ASSERT_TRUE(talk.server.done) << talk.server.failure.message();
  talk.say("give me big.iso");
  EXPECT_EQ(talk.server.read(talk.to_server), "give me big.iso");
  talk.server.session.write(as_bytes("here it is"));
  talk.to_client.carry(talk.server.session.outgoing());
  EXPECT_EQ(talk.client.read(talk.to_client), "here it is");
  EXPECT_EQ(talk.client.read(talk.to_client), "");
}

TEST(TlsSession, shows_nothing_of_what_it_carries) {
  Talk talk(ring_of(1), ring_of(1));
  talk.say("give me big.iso, all of it");
  EXPECT_EQ(as_text(talk.to_server.seen).find("big.iso"), std::string_view::npos);
}

TEST(TlsSession, with_different_keys_fails_on_both_sides) {
  Talk talk(ring_of(1), ring_of(2));
  EXPECT_EQ(talk.server.failure, TlsErrc::no_common_key) << talk.server.failure.message();
  EXPECT_EQ(talk.client.failure, TlsErrc::refused) << talk.client.failure.message();
}

TEST(TlsSession, accepts_every_key_of_the_ring_while_keys_are_rolled) {
  EXPECT_TRUE(Talk(ring_of(1), ring_of(2, 1)).server.done);
  EXPECT_TRUE(Talk(ring_of(2, 1), ring_of(1, 2)).server.done);
  EXPECT_FALSE(Talk(ring_of(2, 1), ring_of(1)).server.done);
}

TEST(TlsSession, notices_bits_that_were_flipped) {
  for (const std::size_t at : {0u, 1u, 5u, 20u}) {
    Talk talk(ring_of(1), ring_of(1));
    talk.say("give me big.iso");
    talk.to_server.waiting[at] ^= std::byte{4};
    EXPECT_TRUE(talk.server.failure_of_read(talk.to_server)) << at;
  }
  Talk talk(ring_of(1), ring_of(1));
  talk.say("give me big.iso");
  talk.to_server.waiting.back() ^= std::byte{1};
  EXPECT_EQ(talk.server.failure_of_read(talk.to_server), TlsErrc::forged);
  EXPECT_TRUE(talk.server.failure_of_read(talk.to_server)) << "and stays failed";
}

TEST(TlsSession, refuses_what_was_recorded_before) {
  Talk talk(ring_of(1), ring_of(1));
  talk.say("give me big.iso");
  const Bytes recorded = talk.to_server.waiting;
  EXPECT_EQ(talk.server.read(talk.to_server), "give me big.iso");
  talk.to_server.waiting = recorded;
  EXPECT_EQ(talk.server.failure_of_read(talk.to_server), TlsErrc::forged);

  Line replayed, nowhere;
  replayed.waiting = talk.to_server.seen;  // the whole conversation to a new connection
  End again(ring_of(1), false);
  again.step(replayed, nowhere);
  EXPECT_FALSE(again.done);
}

TEST(TlsSession, tells_an_end_from_a_connection_that_was_cut) {
  Talk ended(ring_of(1), ring_of(1));
  ended.say("last words");
  ended.client.session.close();
  ended.to_server.carry(ended.client.session.outgoing());
  ended.to_server.ended = true;
  EXPECT_EQ(ended.server.read(ended.to_server), "last words");
  EXPECT_EQ(ended.server.failure_of_read(ended.to_server), TlsErrc::closed);

  Talk cut(ring_of(1), ring_of(1));
  cut.say("first words");
  cut.say("words that are cut");
  cut.to_server.waiting.pop_back();
  cut.to_server.ended = true;
  EXPECT_EQ(cut.server.read(cut.to_server), "first words");
  EXPECT_EQ(cut.server.failure_of_read(cut.to_server), TlsErrc::cut);
}

// What costs work and brings no data is bounded, even from who has the key.
TEST(TlsSession, ends_with_a_peer_that_changes_its_key_without_end) {
  Talk talk(ring_of(1), ring_of(1));
  SSL* const flooding = talk.client.session.connection();
  std::size_t updates = 0;
  while (!talk.server.failure && updates < 100'000) {
    for (int i = 0; i < 100; ++i, ++updates) {
      SSL_key_update(flooding, SSL_KEY_UPDATE_REQUESTED);
      SSL_do_handshake(flooding);
    }
    talk.to_server.carry(talk.client.session.outgoing());
    talk.server.failure = talk.server.failure_of_read(talk.to_server);
  }
  EXPECT_EQ(talk.server.failure, TlsErrc::broken);
  EXPECT_LT(updates, 5'000u);
  EXPECT_LT(talk.server.session.outgoing().size(), 1u << 20) << "answers that nobody has sent yet";
}

TEST(TlsSession, takes_a_new_key_now_and_then) {
  Talk talk(ring_of(1), ring_of(1));
  for (int i = 0; i < 10; ++i) {
    SSL_key_update(talk.client.session.connection(), SSL_KEY_UPDATE_REQUESTED);
    talk.say("give me big.iso");
    EXPECT_EQ(talk.server.read(talk.to_server), "give me big.iso");
  }
}

TEST(TlsSession, replaces_its_sending_key_after_so_many_bytes) {
  constexpr std::uint64_t kSoon = 1000;
  std::size_t updates = 0;
  const auto count = [](int writes, int, int type, const void* bytes, std::size_t, SSL*,
                        void* into) {
    if (writes == 1 && type == SSL3_RT_HANDSHAKE &&
        *static_cast<const unsigned char*>(bytes) == SSL3_MT_KEY_UPDATE) {
      ++*static_cast<std::size_t*>(into);
    }
  };
  Talk talk(ring_of(1), ring_of(1), kSoon);
  SSL_set_msg_callback(talk.client.session.connection(), count);
  SSL_set_msg_callback_arg(talk.client.session.connection(), &updates);
  const std::string words(100, 'w');
  for (int i = 0; i < 55; ++i) {
    talk.say(words);
    EXPECT_EQ(talk.server.read(talk.to_server), words);
  }
  EXPECT_EQ(updates, 5u);
}

// Or a peer with many tiny records would keep the loop to itself.
TEST(TlsSession, takes_in_a_bounded_part_of_what_waits_at_once) {
  Talk talk(ring_of(1), ring_of(1));
  for (int i = 0; i < 50'000; ++i) talk.say("x");
  const std::size_t all = talk.to_server.waiting.size();
  Bytes into(10'000);
  const std::size_t size = talk.server.session.read(into, talk.to_server.source());
  EXPECT_GT(size, 0u);
  EXPECT_LT(all - talk.to_server.waiting.size(), into.size() + (128u << 10));
  std::size_t got = size;
  while (got < 50'000) got += talk.server.session.read(into, talk.to_server.source());
  EXPECT_EQ(got, 50'000u);
}

TEST(TlsSession, gives_no_ticket_to_come_back_with) {
  Talk talk(ring_of(1), ring_of(1));
  talk.server.session.write(as_bytes("words"));
  talk.to_client.carry(talk.server.session.outgoing());
  std::size_t tickets = 0;
  const auto count = [](int, int, int type, const void* bytes, std::size_t, SSL*, void* into) {
    if (type == SSL3_RT_HANDSHAKE &&
        *static_cast<const unsigned char*>(bytes) == SSL3_MT_NEWSESSION_TICKET) {
      ++*static_cast<std::size_t*>(into);
    }
  };
  SSL_set_msg_callback(talk.client.session.connection(), count);
  SSL_set_msg_callback_arg(talk.client.session.connection(), &tickets);
  EXPECT_EQ(talk.client.read(talk.to_client), "words");
  EXPECT_EQ(tickets, 0u);
}

TEST(TlsSession, reads_no_more_than_there_is_room_for) {
  Talk talk(ring_of(1), ring_of(1));
  const std::string words(40'000, 'w');
  talk.say(words);
  std::string got;
  Bytes into(7'000);
  while (got.size() < words.size()) {
    const std::size_t size = talk.server.session.read(into, talk.to_server.source());
    ASSERT_GT(size, 0u);
    got += as_text(BytesView(into).first(size));
  }
  EXPECT_EQ(got, words);
}

TEST(TlsSession, says_of_a_plain_peer_what_it_is) {
  for (const std::string_view hello :
       {"\x13"
        "BitTorrent protocol\0\0\0\0\0\0\0\0and then the hash of something",
        "GET / HTTP/1.1\r\nHost: example\r\n\r\n"}) {
    Line in, out;
    in.waiting = bytes_of(hello);
    End server(ring_of(1), false);
    server.step(in, out);
    EXPECT_EQ(server.failure, TlsErrc::not_tls) << server.failure.message();
  }
}

// ---- somebody else's TLS against ours ---------------------------------------

/// A program with our key that is not as careful as ours, at either end.
class OtherTls {
 public:
  explicit OtherTls(const Keys& keys, bool dials = true)
      : psk_(keys->first(), dials ? Cipher::chacha20_poly1305 : preferred_cipher()), dials_(dials) {
    SSL_CTX_set_app_data(context_.get(), this);
    SSL_CTX_set_psk_use_session_callback(context_.get(), &OtherTls::offer);
    SSL_CTX_set_psk_find_session_callback(context_.get(), &OtherTls::find);
    SSL_CTX_set_num_tickets(context_.get(), 0);
    if (dials) ciphers("TLS_CHACHA20_POLY1305_SHA256");
    speaks("\x07shoal/1");
  }
  SSL_CTX* context() { return context_.get(); }
  void ciphers(const char* list) { SSL_CTX_set_ciphersuites(context_.get(), list); }
  void speaks(std::string_view list) {
    protocols_ = list;
    SSL_CTX_set_alpn_protos(context_.get(), reinterpret_cast<const unsigned char*>(list.data()),
                            static_cast<unsigned>(list.size()));
    SSL_CTX_set_alpn_select_cb(context_.get(), list.empty() ? nullptr : &OtherTls::select, this);
  }
  /// Sends words before it is known to have the key.
  void speaks_too_early() { early_ = true; }

  /// How our side's handshake with it ends; nothing = well.
  std::error_code meets(const Keys& keys) {
    const std::unique_ptr<SSL, TlsContext::Free> ssl(SSL_new(context_.get()));
    BIO* const in = BIO_new(BIO_s_mem());
    BIO* const out = BIO_new(BIO_s_mem());
    SSL_set_bio(ssl.get(), in, out);
    if (dials_) {
      SSL_set_connect_state(ssl.get());
    } else {
      SSL_set_accept_state(ssl.get());
    }
    End ours(keys, !dials_);
    Line to_us, from_us;
    if (early_) {
      std::size_t written = 0;
      EXPECT_EQ(SSL_write_early_data(ssl.get(), "early", 5, &written), 1);
    }
    for (int i = 0; i < 4; ++i) {
      SSL_do_handshake(ssl.get());
      Bytes sent(BIO_ctrl_pending(out));
      if (!sent.empty()) BIO_read(out, sent.data(), static_cast<int>(sent.size()));
      to_us.carry(sent);
      ours.step(to_us, from_us);
      if (!from_us.waiting.empty()) {
        BIO_write(in, from_us.waiting.data(), static_cast<int>(from_us.waiting.size()));
      }
      from_us.waiting.clear();
    }
    EXPECT_TRUE(ours.done || ours.failure);
    heard_ = ours.done ? ours.read(to_us) : "";
    early_refused_ = SSL_get_early_data_status(ssl.get()) == SSL_EARLY_DATA_REJECTED;
    return ours.failure;
  }
  /// What our side has read.
  [[nodiscard]] const std::string& heard() const { return heard_; }
  [[nodiscard]] bool early_refused() const { return early_refused_; }

 private:
  static OtherTls& of(SSL* ssl) {
    return *static_cast<OtherTls*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
  }
  static SSL_SESSION* session_of(SSL* ssl) {
    const OtherTls& self = of(ssl);
    const auto cipher = static_cast<std::uint16_t>(self.psk_.cipher);
    const std::array<unsigned char, 2> number{static_cast<unsigned char>(cipher >> 8),
                                              static_cast<unsigned char>(cipher)};
    SSL_SESSION* const session = SSL_SESSION_new();
    SSL_SESSION_set1_master_key(session,
                                reinterpret_cast<const unsigned char*>(self.psk_.bytes().data()),
                                self.psk_.bytes().size());
    SSL_SESSION_set_cipher(session, SSL_CIPHER_find(ssl, number.data()));
    SSL_SESSION_set_protocol_version(session, TLS1_3_VERSION);
    if (self.early_) {
      SSL_SESSION_set_max_early_data(session, 1000);
      SSL_SESSION_set1_alpn_selected(session, reinterpret_cast<const unsigned char*>("shoal/1"), 7);
    }
    return session;
  }
  static int offer(SSL* ssl, const EVP_MD*, const unsigned char** identity, std::size_t* size,
                   SSL_SESSION** session) {
    *session = session_of(ssl);
    *identity = reinterpret_cast<const unsigned char*>(of(ssl).psk_.identity.data());
    *size = of(ssl).psk_.identity.size();
    return 1;
  }
  static int find(SSL* ssl, const unsigned char*, std::size_t, SSL_SESSION** session) {
    *session = session_of(ssl);
    return 1;
  }
  /// Whatever the client offers, the first of ours is what is spoken.
  static int select(SSL*, const unsigned char** chosen, unsigned char* size, const unsigned char*,
                    unsigned, void* self) {
    const std::string& list = static_cast<OtherTls*>(self)->protocols_;
    *size = static_cast<unsigned char>(list[0]);
    *chosen = reinterpret_cast<const unsigned char*>(list.data()) + 1;
    return SSL_TLSEXT_ERR_OK;
  }

  Psk psk_;
  bool dials_;
  bool early_ = false;
  bool early_refused_ = false;
  std::string heard_;
  std::string protocols_;
  std::unique_ptr<SSL_CTX, TlsContext::Free> context_{SSL_CTX_new(TLS_method())};
};

TEST(OtherClient, that_keeps_to_the_rules_is_as_good_as_ours) {
  OtherTls client(ring_of(1));
  EXPECT_FALSE(client.meets(ring_of(1))) << client.meets(ring_of(1)).message();
  EXPECT_EQ(client.meets(ring_of(2)), TlsErrc::no_common_key);
}

TEST(OtherClient, has_to_name_our_protocol) {
  OtherTls other(ring_of(1));
  other.speaks("\x08http/1.1");
  EXPECT_EQ(other.meets(ring_of(1)), TlsErrc::other_protocol);
  OtherTls later(ring_of(1));
  later.speaks("\x07shoal/2");
  EXPECT_EQ(later.meets(ring_of(1)), TlsErrc::other_protocol);
  OtherTls silent(ring_of(1));
  silent.speaks("");
  EXPECT_EQ(silent.meets(ring_of(1)), TlsErrc::other_protocol);
}

TEST(OtherClient, gets_no_older_version_and_no_weaker_cipher) {
  OtherTls older(ring_of(1));
  SSL_CTX_set_max_proto_version(older.context(), TLS1_2_VERSION);
  EXPECT_EQ(older.meets(ring_of(1)), TlsErrc::wrong_version);
  OtherTls weaker(ring_of(1));
  weaker.ciphers("TLS_AES_128_GCM_SHA256");
  EXPECT_TRUE(weaker.meets(ring_of(1)));
}

TEST(OtherClient, gets_no_key_exchange_without_forward_secrecy) {
  OtherTls static_keys(ring_of(1));
  SSL_CTX_set_options(static_keys.context(), SSL_OP_ALLOW_NO_DHE_KEX);
  SSL_CTX_set1_groups_list(static_keys.context(), "P-384");  // which we do not do
  EXPECT_TRUE(static_keys.meets(ring_of(1)));
}

TEST(OtherClient, proves_nothing_by_saying_nothing_of_a_key) {
  OtherTls keyless(ring_of(1));
  SSL_CTX_set_psk_use_session_callback(keyless.context(), nullptr);
  EXPECT_EQ(keyless.meets(ring_of(1)), TlsErrc::no_common_key);
}

// What comes before the handshake is done could have been recorded.
TEST(OtherClient, is_not_heard_before_the_handshake_is_done) {
  OtherTls hasty(ring_of(1));
  hasty.speaks_too_early();
  EXPECT_FALSE(hasty.meets(ring_of(1)));
  EXPECT_TRUE(hasty.early_refused());
  EXPECT_EQ(hasty.heard(), "");
}

TEST(OtherServer, that_keeps_to_the_rules_is_as_good_as_ours) {
  OtherTls server(ring_of(1), false);
  EXPECT_FALSE(server.meets(ring_of(1))) << server.meets(ring_of(1)).message();
  EXPECT_TRUE(server.meets(ring_of(2))) << "it takes our identity, and has another key for it";
}

TEST(OtherServer, has_to_name_our_protocol) {
  OtherTls silent(ring_of(1), false);
  silent.speaks("");
  EXPECT_EQ(silent.meets(ring_of(1)), TlsErrc::other_protocol);
  OtherTls other(ring_of(1), false);
  other.speaks("\x07shoal/2");
  EXPECT_TRUE(other.meets(ring_of(1)));
}

/// A certificate that it has signed itself.
void give_certificate(SSL_CTX* context) {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"),
                                                                &EVP_PKEY_free);
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), &X509_free);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), 0);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
  X509_set_pubkey(certificate.get(), key.get());
  ASSERT_GT(X509_sign(certificate.get(), key.get(), EVP_sha256()), 0);
  ASSERT_EQ(SSL_CTX_use_certificate(context, certificate.get()), 1);
  ASSERT_EQ(SSL_CTX_use_PrivateKey(context, key.get()), 1);
}

TEST(OtherServer, proves_nothing_with_a_certificate) {
  OtherTls certified(ring_of(1), false);
  SSL_CTX_set_psk_find_session_callback(certified.context(), nullptr);
  give_certificate(certified.context());
  EXPECT_EQ(certified.meets(ring_of(1)), TlsErrc::no_common_key);
}

TEST(OtherServer, gets_no_older_version_and_no_weaker_cipher) {
  OtherTls older(ring_of(1), false);
  SSL_CTX_set_max_proto_version(older.context(), TLS1_2_VERSION);
  give_certificate(older.context());
  EXPECT_EQ(older.meets(ring_of(1)), TlsErrc::wrong_version);
  OtherTls weaker(ring_of(1), false);
  weaker.ciphers("TLS_AES_128_GCM_SHA256");
  EXPECT_TRUE(weaker.meets(ring_of(1)));
}

TEST(OtherServer, is_offered_no_key_exchange_without_forward_secrecy) {
  OtherTls static_keys(ring_of(1), false);
  SSL_CTX_set_options(static_keys.context(), SSL_OP_ALLOW_NO_DHE_KEX);
  SSL_CTX_set1_groups_list(static_keys.context(), "P-384");  // which we do not do
  EXPECT_TRUE(static_keys.meets(ring_of(1)));
}

TEST(Psk, is_another_one_for_each_hash) {
  const Psk aes(key_of(1), Cipher::aes_256_gcm);
  const Psk chacha(key_of(1), Cipher::chacha20_poly1305);
  EXPECT_EQ(aes.bytes().size(), 48u);
  EXPECT_EQ(chacha.bytes().size(), 32u);
  EXPECT_NE(aes.identity, chacha.identity);
  EXPECT_FALSE(std::ranges::equal(aes.bytes().first(32), chacha.bytes()));
}

}  // namespace
}  // namespace shoal::secure::tls_session_test
