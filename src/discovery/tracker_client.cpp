#include "discovery/tracker_client.hpp"

#include <algorithm>
#include <optional>
#include <random>
#include <system_error>
#include <utility>
#include <vector>

#include <asio/ip/udp.hpp>

#include "discovery/address_choice.hpp"
#include "discovery/dialect.hpp"
#include "discovery/retry_schedule.hpp"
#include "discovery/tracker_address.hpp"
#include "discovery/transactions.hpp"
#include "discovery/window.hpp"
#include "net/address.hpp"
#include "net/links.hpp"
#include "net/names.hpp"
#include "net/spawn.hpp"
#include "net/udp_socket.hpp"
#include "secure/sealed_talk.hpp"

namespace shoal::discovery {

using asio::ip::udp;

namespace {

/// A lookup that takes longer is told as silence of the name server, and what is remembered is used
/// meanwhile.
constexpr Duration kNameTime = std::chrono::seconds(2);
/// A name without addresses of our family is not looked up again for so long: in both families we
/// are asked for such a tracker every few seconds, as for one that is silent.
constexpr Duration kOtherFamilyLife = std::chrono::minutes(10);
/// What an address that was chosen at random has before the others are asked as well.
constexpr Duration kHeadStart = std::chrono::milliseconds(100);

struct Connection {
  datagram::ConnectionId id{};
  udp::endpoint remote;
  RealTime made;  ///< the tracker forgets it, whatever we do meanwhile
};

/// Counts something for as long as it lives.
class Counted {
 public:
  explicit Counted(std::size_t& count) : count_(count) { ++count_; }
  ~Counted() { --count_; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;

 private:
  std::size_t& count_;
};

/// A tracker on our own machine tells where somebody is on a link, and cannot tell on which.
bool speaks_of_a_link(const Answer& answer) {
  if (!answer.from.address.is_loopback()) return false;
  const auto names_one = [](const std::vector<Endpoint>& peers) {
    return std::ranges::any_of(peers, [](const Endpoint& p) { return p.address.is_link_local(); });
  };
  if (const auto* found = std::get_if<datagram::LookupReply>(&answer.reply))
    return names_one(found->peers);
  const auto* announced = std::get_if<datagram::AnnounceReply>(&answer.reply);
  return announced != nullptr && names_one(announced->peers);
}

}  // namespace

struct TrackerClient::State : std::enable_shared_from_this<State> {
  State(asio::any_io_executor on, std::string tracker, Duration retry, const Keys& keys,
        const Sources& from)
      : executor(std::move(on)),
        name(std::move(tracker)),
        address(parse_tracker_address(name)),
        first_retry(retry),
        sources(from),
        transactions(executor),
        window(executor, kWindow) {
    if (keys) seal.emplace(keys);
  }

  static asio::awaitable<Result<Answer>> ask(std::shared_ptr<State> self, datagram::Request request,
                                             Duration patience, std::uint64_t round);
  static asio::awaitable<Result<Answer>> ask_as_put(std::shared_ptr<State> self,
                                                    datagram::Request request, Duration patience,
                                                    std::uint64_t round);
  static asio::awaitable<void> connect(std::shared_ptr<State> self);
  static asio::awaitable<void> receive(std::shared_ptr<State> self, net::UdpSocket& socket,
                                       bool v6);

  /// False: the lookup is not over, and there are no addresses yet.
  asio::awaitable<bool> find_addresses();
  void take_addresses(std::vector<udp::endpoint> found);
  [[nodiscard]] std::vector<udp::endpoint> senders(std::span<const udp::endpoint> asked) const;
  void want_connection();
  [[nodiscard]] bool connected() const {
    return connection && RealClock::now() - connection->made < kConnectionLife;
  }
  net::UdpSocket* socket_for(const udp::endpoint& remote);
  void send(const datagram::RequestDatagram& datagram, const udp::endpoint& to);
  void take(const net::Received& datagram, bool from_v6);
  void cancel_all();
  void close();
  [[nodiscard]] Error given_up(std::uint64_t asked_in_round) const;
  [[nodiscard]] Error of_another_family() const;
  [[nodiscard]] std::string asked_from() const;

  const asio::any_io_executor executor;
  const std::string name;
  const Result<TrackerAddress> address;
  const Duration first_retry;
  const Sources sources;

  AddressChoice addresses;    ///< of the tracker; empty = to be looked up
  bool looked_up = false;     ///< by name, or being so
  std::string name_problem;   ///< why the last lookup brought none
  bool remembered = false;    ///< and `addresses` are from one before
  bool other_family = false;  ///< all it has are of a family without a source
  Time other_family_until{};  ///< not looked up before
  std::optional<net::UdpSocket> v4;
  std::optional<net::UdpSocket> v6;
  net::Outgoing outgoing;  ///< its memory is used again
  Bytes plain;             ///< the same
  std::optional<secure::SealedClient> seal;

  std::optional<Connection> connection;
  std::size_t wanting = 0;  ///< asks that wait for a connection
  bool connecting = false;
  Transaction* connect_transaction = nullptr;

  Dialect dialect;
  Transactions transactions;
  Window window;
  std::random_device random;
  std::uint64_t round = 0;  ///< cancel_all() ends all asks of earlier rounds
  bool closed = false;
};

asio::awaitable<Result<Answer>> TrackerClient::State::ask(std::shared_ptr<State> self,
                                                          datagram::Request request,
                                                          Duration patience, std::uint64_t round) {
  const Time begun = Clock::now();
  self->dialect.put(request, begun);
  datagram::Request copy = request;
  auto answer = co_await ask_as_put(self, std::move(copy), patience, round);
  const Time now = Clock::now();
  if (answer && self->dialect.has_to_change(request, answer->reply, now))
    answer = co_await ask_as_put(self, std::move(request), patience - (now - begun), round);
  co_return answer;
}

asio::awaitable<Result<Answer>> TrackerClient::State::ask_as_put(std::shared_ptr<State> self,
                                                                 datagram::Request request,
                                                                 Duration patience,
                                                                 std::uint64_t round) {
  State& s = *self;
  if (!s.address) co_return std::unexpected(s.address.error());
  RetrySchedule schedule({patience, s.first_retry}, Clock::now(), s.random());
  if (s.closed || round != s.round || !co_await s.window.enter(schedule.deadline()))
    co_return std::unexpected(s.given_up(round));
  const Window::Place place(s.window);

  Transaction transaction(s.transactions, request);
  datagram::ConnectionId used{};
  std::vector<udp::endpoint> asked;
  int unanswered = 0;
  while (!transaction.answer()) {
    if (s.closed || round != s.round || Clock::now() >= schedule.deadline()) {
      co_return std::unexpected(s.given_up(round));
    }
    if (!s.connected()) {
      const Counted wants(s.wanting);
      s.want_connection();
      if (s.connecting) co_await transaction.wait(schedule.deadline());
      if (s.other_family && !s.closed) co_return std::unexpected(s.of_another_family());
      continue;
    }
    if (used != s.connection->id) unanswered = 0;
    used = s.connection->id;
    if (std::ranges::find(asked, s.connection->remote) == asked.end())
      asked.push_back(s.connection->remote);
    transaction.expect_from(s.senders(asked));
    s.send({used, transaction.id(), request}, s.connection->remote);
    const Time until = schedule.next(Clock::now());
    co_await transaction.wait(until);
    if (transaction.answer() || Clock::now() < until || !s.connection || s.connection->id != used)
      continue;
    // A tracker ignores connection ids that are not its own, so a restarted one looks silent. Where
    // there are others, they are asked at once.
    if (++unanswered >= (s.addresses.several() ? 1 : 2)) {
      s.addresses.heard_nothing();
      s.connection.reset();
    }
  }
  Answer answer{std::move(transaction.answer()->reply), net::from_asio(transaction.answer()->from)};
  if (speaks_of_a_link(answer)) answer.links = net::link_scopes();
  co_return answer;
}

void TrackerClient::State::want_connection() {
  if (!connecting) {
    connecting = true;
    net::spawn(executor, connect(shared_from_this()));
  } else if (connect_transaction != nullptr) {
    connect_transaction->wake();
  }
}

/// Connects for as long as somebody wants it, with the address that is chosen and then with all at
/// once: the first that answers is the tracker. A new ask wakes it, so that it does not sit out the
/// long waits of an old one.
asio::awaitable<void> TrackerClient::State::connect(std::shared_ptr<State> self) {
  State& s = *self;
  const datagram::Request request = datagram::ConnectRequest{};
  Transaction transaction(s.transactions, request);
  s.connect_transaction = &transaction;
  const Patience patience{Duration::max(), s.first_retry};
  RetrySchedule schedule(patience, Clock::now(), s.random());
  int silences = 0;  // of all of them
  while (!transaction.answer() && !s.closed && s.wanting > 0) {
    while (s.addresses.empty() && !s.closed && s.wanting > 0) {
      const bool over = co_await s.find_addresses();
      if (over || s.other_family) break;
    }
    if (s.other_family) break;
    transaction.expect_from(s.senders(s.addresses.all()));
    const std::span<const udp::endpoint> chosen = s.addresses.next(s.random());
    const bool all = chosen.size() == s.addresses.all().size();
    for (const udp::endpoint& address : chosen) s.send({{}, transaction.id(), request}, address);
    const Time sent = Clock::now();
    Time until = all || s.addresses.home() ? schedule.next(sent)
                                           : sent + std::min(kHeadStart, s.first_retry);
    while (!transaction.answer() && !s.closed && Clock::now() < until) {
      co_await transaction.wait(until);
      if (Clock::now() >= until) break;
      schedule = RetrySchedule(patience, sent, s.random());
      until = std::min(until, schedule.next(sent));
    }
    if (transaction.answer()) break;
    s.addresses.heard_nothing();
    if (!all) schedule = RetrySchedule(patience, Clock::now(), s.random());
    if (all && ++silences >= 2) s.addresses.clear();  // perhaps it has moved: looked up again
  }
  if (auto& answer = transaction.answer()) {
    s.addresses.answered(answer->from);
    s.connection = {std::get<datagram::ConnectReply>(answer->reply).connection, answer->from,
                    RealClock::now()};
  }
  s.connect_transaction = nullptr;
  s.connecting = false;
  s.transactions.wake_all();
}

asio::awaitable<bool> TrackerClient::State::find_addresses() {
  if (other_family && Clock::now() < other_family_until) co_return true;
  other_family = false;
  if (address->host.contains('%')) {
    const std::string text = '[' + address->host + "]:" + std::to_string(address->port);
    const auto on_link = Endpoint::parse(text);
    name_problem = on_link ? "" : "no network interface of this machine has that zone";
    if (on_link) take_addresses({net::to_asio<udp>(*on_link)});
    co_return true;
  }
  std::error_code not_numeric;
  if (const auto numeric = asio::ip::make_address(address->host, not_numeric); !not_numeric) {
    take_addresses({udp::endpoint(numeric, address->port)});
    co_return true;
  }
  auto& names = net::Names::of(executor);
  if (!std::exchange(looked_up, true)) name_problem = net::silence_about(address->host);
  const net::NamedHost host = co_await names.find(address->host, Clock::now() + kNameTime);
  name_problem = host.problem;
  remembered = host.remembered;
  std::vector<udp::endpoint> found;
  for (const asio::ip::address& one : host.addresses) found.emplace_back(one, address->port);
  take_addresses(std::move(found));
  co_return !host.under_way;
}

/// Those that there is a source for.
void TrackerClient::State::take_addresses(std::vector<udp::endpoint> found) {
  const bool any = !found.empty();
  std::erase_if(found,
                [&](const udp::endpoint& one) { return !sources.of(one.address().is_v4()); });
  if (found.size() > kMostAddresses) found.resize(kMostAddresses);
  addresses.found(std::move(found));
  other_family = any && addresses.empty();
  other_family_until = Clock::now() + kOtherFamilyLife;
}

/// Who may answer what went there. A tracker on this machine that was asked at its loopback address
/// from another one of ours may answer from that, as those do that do not choose their source.
std::vector<udp::endpoint> TrackerClient::State::senders(
    std::span<const udp::endpoint> asked) const {
  std::vector<udp::endpoint> all(asked.begin(), asked.end());
  for (const udp::endpoint& one : asked) {
    const auto& source = sources.of(one.address().is_v4());
    if (!one.address().is_loopback() || !source || source->address.is_unspecified()) continue;
    all.push_back(net::to_asio<udp>(*source));
    all.back().port(one.port());
  }
  return all;
}

net::UdpSocket* TrackerClient::State::socket_for(const udp::endpoint& remote) {
  constexpr std::size_t kBatch = 16;
  const bool is_v6 = remote.address().is_v6();
  auto& socket = is_v6 ? v6 : v4;
  if (!socket && !closed) {
    try {
      socket.emplace(executor, sources.of(!is_v6).value(), kBatch);
    } catch (const std::system_error&) {
      return nullptr;  // a machine without that family; the tracker's other addresses may do
    }
    net::spawn(executor, receive(shared_from_this(), *socket, is_v6));
  }
  return socket ? &*socket : nullptr;
}

void TrackerClient::State::send(const datagram::RequestDatagram& datagram,
                                const udp::endpoint& to) {
  net::UdpSocket* socket = socket_for(to);
  if (socket == nullptr) return;
  outgoing.to = to;
  Bytes& bytes = seal ? plain : outgoing.bytes;
  bytes.clear();
  encode(datagram, bytes);
  if (seal) seal->seal(bytes, outgoing.bytes);
  socket->send(std::span(&outgoing, 1));
}

asio::awaitable<void> TrackerClient::State::receive(std::shared_ptr<State> self,
                                                    net::UdpSocket& socket, bool v6) {
  for (;;) {
    const bool open = co_await socket.wait_readable();
    if (!open) co_return;
    for (const net::Received& datagram : socket.receive()) self->take(datagram, v6);
  }
}

void TrackerClient::State::take(const net::Received& datagram, bool from_v6) {
  BytesView bytes = datagram.bytes;
  if (seal) {
    const auto opened = seal->open(bytes);
    if (!opened) return;
    bytes = *opened;
  }
  if (auto reply = datagram::decode_reply(bytes, from_v6)) {
    transactions.deliver(datagram.from, *std::move(reply));
  }
}

void TrackerClient::State::cancel_all() {
  ++round;
  transactions.wake_all();
  window.wake_all();
}

void TrackerClient::State::close() {
  closed = true;
  cancel_all();
  if (v4) v4->close();
  if (v6) v6->close();
}

/// Of a source that was chosen, and may be why nothing comes back.
std::string TrackerClient::State::asked_from() const {
  const auto& source = sources.v4 ? sources.v4 : sources.v6;
  if (!source || source->address.is_unspecified()) return {};
  return " (asked from " + source->address.to_string() + ", where we listen)";
}

Error TrackerClient::State::of_another_family() const {
  const std::string ours = sources.v4 ? "IPv4" : "IPv6";
  const std::string its = sources.v4 ? "IPv6" : "IPv4";
  return {Errc::not_found,
          "the tracker at " + name + " is reached over " + its + " only, and we listen on " + ours +
              " only, so it would send others where nobody listens; use --listen '[::]:PORT', "
              "which is both, or a tracker with an " +
              ours + " address"};
}

Error TrackerClient::State::given_up(std::uint64_t asked_in_round) const {
  if (closed || asked_in_round != round)
    return {Errc::cancelled, "stopped asking the tracker at " + name};
  if (!name_problem.empty()) {
    const std::string what = remembered
                                 ? "the tracker at " + name + " does not answer where it was last"
                                 : "cannot find the tracker " + name;
    return {Errc::no_tracker, what + " (" + name_problem + "); check its name and the network"};
  }
  return {Errc::no_tracker,
          "the tracker at " + name + " does not answer" + asked_from() +
              "; check that it runs, that this is its address, that no firewall "
              "drops UDP, " +
              (seal ? "and that it was started with the same --key"
                    : "and that it is none of a closed swarm, which takes a --key")};
}

TrackerClient::TrackerClient(asio::any_io_executor executor, std::string tracker,
                             Duration first_retry, const Keys& keys, const Sources& sources)
    : state_(std::make_shared<State>(std::move(executor), std::move(tracker), first_retry, keys,
                                     sources)) {}

TrackerClient::~TrackerClient() {
  if (state_) state_->close();
}

TrackerClient::TrackerClient(TrackerClient&&) noexcept = default;

const std::string& TrackerClient::name() const {
  return state_->name;
}

const std::string& TrackerClient::name_problem() const {
  return state_->name_problem;
}

asio::awaitable<Result<Answer>> TrackerClient::ask(datagram::Request request, Duration patience) {
  return State::ask(state_, std::move(request), patience, state_->round);
}

void TrackerClient::addresses_changed() {
  state_->connection.reset();
  state_->other_family_until = {};
  state_->transactions.wake_all();
}

void TrackerClient::cancel_all() {
  state_->cancel_all();
}

void TrackerClient::close() {
  state_->close();
}

}  // namespace shoal::discovery
