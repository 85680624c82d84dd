#include "session/trouble_of.hpp"

#include <utility>

#include <asio/error.hpp>
#include <gtest/gtest.h>

#include "secure/tls_error.hpp"

namespace shoal::session::trouble_of_test {
namespace {

using torrent::PeerTrouble;

TEST(PeerTrouble, tells_apart_what_the_system_says) {
  const auto of = [](std::errc code) { return trouble_of(std::make_error_code(code)); };
  EXPECT_EQ(of(std::errc::connection_refused), PeerTrouble::refused);
  EXPECT_EQ(of(std::errc::timed_out), PeerTrouble::silent);
  EXPECT_EQ(of(std::errc::host_unreachable), PeerTrouble::unreachable);
  EXPECT_EQ(of(std::errc::network_unreachable), PeerTrouble::unreachable);
  EXPECT_EQ(of(std::errc::connection_reset), PeerTrouble::no_handshake);
  EXPECT_EQ(trouble_of(asio::error::connection_refused), PeerTrouble::refused);
  EXPECT_EQ(trouble_of(asio::error::host_unreachable), PeerTrouble::unreachable);
  EXPECT_EQ(trouble_of(asio::error::eof), PeerTrouble::no_handshake);
}

// Some of TLS's numbers are the system's for something else: 1 is EPERM.
TEST(PeerTrouble, of_one_with_another_key_is_that_it_gives_no_handshake) {
  using secure::TlsErrc;
  for (int code = std::to_underlying(TlsErrc::closed); code <= std::to_underlying(TlsErrc::broken);
       ++code) {
    EXPECT_EQ(trouble_of(make_error_code(TlsErrc{code})), PeerTrouble::no_handshake) << code;
  }
}

}  // namespace
}  // namespace shoal::session::trouble_of_test
