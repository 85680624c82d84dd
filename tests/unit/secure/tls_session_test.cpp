#include "secure/tls_session.hpp"

#include <algorithm>

#include <gmock/gmock.h>

#include "secure/tls_error.hpp"
#include "unit/secure/keys_for_tests.hpp"

namespace shoal::secure {
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
  End(const Keys& keys, bool dials) : session(std::make_shared<TlsContext>(keys), dials) {}

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
  Talk(const Keys& client_keys, const Keys& server_keys)
      : client(client_keys, true), server(server_keys, false) {
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

/// A client with our key that is not as careful as ours.
class OtherClient {
 public:
  explicit OtherClient(const Keys& keys) : psk_(keys->first(), Cipher::chacha20_poly1305) {
    SSL_CTX_set_app_data(context_.get(), this);
    SSL_CTX_set_psk_use_session_callback(context_.get(), &OtherClient::offer);
    ciphers("TLS_CHACHA20_POLY1305_SHA256");
    speaks("\x07shoal/1");
  }
  SSL_CTX* context() { return context_.get(); }
  void ciphers(const char* list) { SSL_CTX_set_ciphersuites(context_.get(), list); }
  void speaks(std::string_view list) {
    SSL_CTX_set_alpn_protos(context_.get(), reinterpret_cast<const unsigned char*>(list.data()),
                            static_cast<unsigned>(list.size()));
  }
  /// How the server's handshake with it ends; nothing = well.
  std::error_code meets(const Keys& server_keys) {
    const std::unique_ptr<SSL, TlsContext::Free> ssl(SSL_new(context_.get()));
    BIO* const in = BIO_new(BIO_s_mem());
    BIO* const out = BIO_new(BIO_s_mem());
    SSL_set_bio(ssl.get(), in, out);
    SSL_set_connect_state(ssl.get());
    End server(server_keys, false);
    Line to_server, to_client;
    for (int i = 0; i < 4; ++i) {
      SSL_do_handshake(ssl.get());
      Bytes sent(BIO_ctrl_pending(out));
      if (!sent.empty()) BIO_read(out, sent.data(), static_cast<int>(sent.size()));
      to_server.carry(sent);
      server.step(to_server, to_client);
      if (!to_client.waiting.empty()) {
        BIO_write(in, to_client.waiting.data(), static_cast<int>(to_client.waiting.size()));
      }
      to_client.waiting.clear();
    }
    EXPECT_TRUE(server.done || server.failure);
    return server.failure;
  }

 private:
  static int offer(SSL* ssl, const EVP_MD*, const unsigned char** identity, std::size_t* size,
                   SSL_SESSION** session) {
    const Psk& psk = static_cast<OtherClient*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)))->psk_;
    const std::array<unsigned char, 2> number{0x13, 0x03};
    *session = SSL_SESSION_new();
    SSL_SESSION_set1_master_key(
        *session, reinterpret_cast<const unsigned char*>(psk.bytes().data()), psk.bytes().size());
    SSL_SESSION_set_cipher(*session, SSL_CIPHER_find(ssl, number.data()));
    SSL_SESSION_set_protocol_version(*session, TLS1_3_VERSION);
    *identity = reinterpret_cast<const unsigned char*>(psk.identity.data());
    *size = psk.identity.size();
    return 1;
  }

  Psk psk_;
  std::unique_ptr<SSL_CTX, TlsContext::Free> context_{SSL_CTX_new(TLS_method())};
};

TEST(OtherTls, that_keeps_to_the_rules_is_as_good_as_ours) {
  OtherClient client(ring_of(1));
  EXPECT_FALSE(client.meets(ring_of(1))) << client.meets(ring_of(1)).message();
  EXPECT_EQ(client.meets(ring_of(2)), TlsErrc::no_common_key);
}

TEST(OtherTls, has_to_name_our_protocol) {
  OtherClient other(ring_of(1));
  other.speaks("\x08http/1.1");
  EXPECT_EQ(other.meets(ring_of(1)), TlsErrc::other_protocol);
  OtherClient later(ring_of(1));
  later.speaks("\x07shoal/2");
  EXPECT_EQ(later.meets(ring_of(1)), TlsErrc::other_protocol);
  OtherClient silent(ring_of(1));
  silent.speaks("");
  EXPECT_EQ(silent.meets(ring_of(1)), TlsErrc::other_protocol);
}

TEST(OtherTls, gets_no_older_version_and_no_weaker_cipher) {
  OtherClient older(ring_of(1));
  SSL_CTX_set_max_proto_version(older.context(), TLS1_2_VERSION);
  EXPECT_EQ(older.meets(ring_of(1)), TlsErrc::wrong_version);
  OtherClient weaker(ring_of(1));
  weaker.ciphers("TLS_AES_128_GCM_SHA256");
  EXPECT_TRUE(weaker.meets(ring_of(1)));
}

TEST(OtherTls, gets_no_key_exchange_without_forward_secrecy) {
  OtherClient static_keys(ring_of(1));
  SSL_CTX_set_options(static_keys.context(), SSL_OP_ALLOW_NO_DHE_KEX);
  SSL_CTX_set1_groups_list(static_keys.context(), "P-384");  // which we do not do
  EXPECT_TRUE(static_keys.meets(ring_of(1)));
}

TEST(OtherTls, proves_nothing_by_saying_nothing_of_a_key) {
  OtherClient keyless(ring_of(1));
  SSL_CTX_set_psk_use_session_callback(keyless.context(), nullptr);
  EXPECT_EQ(keyless.meets(ring_of(1)), TlsErrc::no_common_key);
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
}  // namespace shoal::secure
