#include "session/said_address.hpp"

#include <system_error>
#include <utility>

#include <asio/ip/tcp.hpp>

#include <shoal/endpoint.hpp>

#include "discovery/tracker_address.hpp"
#include "net/address.hpp"
#include "net/deadline.hpp"
#include "net/names.hpp"
#include "net/spawn.hpp"
#include "net/stream.hpp"
#include "session/trouble_of.hpp"

namespace shoal::session {
namespace {

using torrent::PeerTrouble;

constexpr Duration kSaidNameTime = std::chrono::seconds(30);
constexpr Duration kSaidAnswerTime = std::chrono::seconds(10);

/// Why nobody was reached; nothing when somebody was.
asio::awaitable<std::optional<PeerTrouble>> try_once(asio::any_io_executor executor, Endpoint to) {
  // Whether somebody is there is all we want to know: no greeting, no TLS.
  net::Stream stream(executor);
  std::optional<PeerTrouble> trouble;
  try {
    const net::Deadline deadline(stream, kSaidAnswerTime);
    co_await stream.connect(to);
  } catch (const std::system_error& failure) {
    trouble = trouble_of(failure.code());
  }
  stream.close();
  co_return trouble;
}

asio::awaitable<void> try_and_tell(asio::any_io_executor executor, std::string said,
                                   std::function<void(const std::string&)> on_fault) {
  const auto fault = co_await fault_of_said_address(std::move(executor), std::move(said));
  if (fault) on_fault(*fault);
}

}  // namespace

asio::awaitable<std::optional<std::string>> fault_of_said_address(asio::any_io_executor executor,
                                                                  std::string said) {
  const std::string here = said + ", where --address says that this seeder is";
  std::vector<Endpoint> endpoints;
  if (const auto numeric = Endpoint::parse(said)) {
    endpoints.push_back(*numeric);
  } else {
    const auto address = discovery::parse_tracker_address(said);  // host:port, whatever listens
    if (!address) co_return std::nullopt;
    auto& names = net::Names::of(executor);
    const net::NamedHost host = co_await names.find(address->host, Clock::now() + kSaidNameTime);
    if (host.addresses.empty()) {
      co_return "Others may not find " + here + ": " + host.problem + ". Look at its spelling.";
    }
    for (const asio::ip::address& one : host.addresses)
      endpoints.push_back(net::from_asio(asio::ip::tcp::endpoint(one, address->port)));
  }
  std::optional<PeerTrouble> trouble;
  for (const Endpoint& endpoint : endpoints) {
    trouble = co_await try_once(executor, endpoint);
    if (trouble != PeerTrouble::refused && trouble != PeerTrouble::unreachable)
      co_return std::nullopt;
  }
  if (trouble == PeerTrouble::refused) {
    co_return "Nobody listens at " + here +
        ": the connection is refused. Look whether it is the port of --listen, and whether the "
        "router passes it on; some routers refuse those inside only, so try from elsewhere.";
  }
  co_return "There is no way to " + here + ", from here at least. Look at the address.";
}

void try_said_addresses(const asio::any_io_executor& executor, const std::vector<std::string>& said,
                        std::function<void(const std::string& fault)> on_fault) {
  for (const std::string& one : said) net::spawn(executor, try_and_tell(executor, one, on_fault));
}

}  // namespace shoal::session
