#include "session/trouble_of.hpp"

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

TEST(PeerTrouble, of_one_with_another_key_is_that_it_gives_no_handshake) {
  EXPECT_EQ(trouble_of(secure::make_error_code(secure::TlsErrc::no_common_key)),
            PeerTrouble::no_handshake);
}

}  // namespace
}  // namespace shoal::session::trouble_of_test
