#include "session/said_address.hpp"

#include <gmock/gmock.h>

#include "net/names.hpp"
#include "support/loopback_socket.hpp"
#include "support/run_awaitable.hpp"

namespace shoal::said_address_test {
namespace {

using test::LoopbackSocket;
using testing::HasSubstr;
using testing::Optional;

class SaidAddress : public testing::Test {
 protected:
  std::optional<std::string> fault_of(const std::string& said) {
    return test::run(loop_, session::fault_of_said_address(loop_.get_executor(), said));
  }

  asio::io_context loop_;
  LoopbackSocket socket_{SOCK_STREAM};
  const std::string address_ = socket_.local().to_string();
};

TEST_F(SaidAddress, where_somebody_listens_is_right) {
  socket_.listen();
  EXPECT_EQ(fault_of(address_), std::nullopt);
}

TEST_F(SaidAddress, where_nobody_listens_is_told) {
  EXPECT_THAT(fault_of(address_), Optional(HasSubstr("Nobody listens at " + address_)));
}

TEST_F(SaidAddress, may_be_a_name) {
  net::Names::of(loop_.get_executor()).set_lookup([](const std::string&) {
    return net::Addresses{asio::ip::make_address("127.0.0.1")};
  });
  const std::string named = "host.test" + address_.substr(address_.rfind(':'));
  EXPECT_THAT(fault_of(named), Optional(HasSubstr("Nobody listens at " + named)));
  socket_.listen();
  EXPECT_EQ(fault_of(named), std::nullopt);
}

TEST_F(SaidAddress, of_a_name_that_cannot_be_looked_up_is_told) {
  net::Names::of(loop_.get_executor()).set_lookup([](const std::string&) -> net::Names::Looked {
    return std::unexpected("there is no such host");
  });
  EXPECT_THAT(fault_of("host.test:7001"), Optional(HasSubstr("there is no such host")));
}

}  // namespace
}  // namespace shoal::said_address_test
