#include "support/hostile_peer.hpp"

#include <array>
#include <deque>
#include <stdexcept>
#include <system_error>
#include <utility>
#include <vector>

#include <asio/post.hpp>
#include <asio/read.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>

#include "net/spawn.hpp"
#include "net/wakeup.hpp"
#include "support/files.hpp"
#include "support/patience.hpp"
#include "support/tracker_talk.hpp"
#include "wire/handshake.hpp"
#include "wire/messages.hpp"

namespace shoal::test {
namespace {

using asio::ip::tcp;

constexpr std::size_t kLies = 2;
constexpr std::size_t kMostFrame = 64 * 1024;  // what a leecher sends is far shorter

PeerId peer_id_for(std::uint16_t port) {
  PeerId id{{std::byte{'-'}, std::byte{'H'}, std::byte{'P'}, std::byte{'-'}}};
  store_be(port, &id.bytes[18]);
  return id;
}

std::optional<merkle::LayerTree> layers_of(const Geometry& geometry, BytesView content,
                                           const Digest& root) {
  if (geometry.pieces() == 1) return std::nullopt;
  std::vector<Digest> leaves = leaves_of(content);
  std::vector<Digest> layer;
  for (std::size_t first = 0; first < leaves.size(); first += geometry.blocks_per_piece()) {
    const std::size_t count =
        std::min<std::size_t>(geometry.blocks_per_piece(), leaves.size() - first);
    layer.push_back(
        merkle::fold(std::span(leaves).subspan(first, count), 0, geometry.piece_level()));
  }
  return merkle::LayerTree::build(std::move(layer), geometry.piece_level(), geometry.tree_height(),
                                  root);
}

}  // namespace

/// One connection.
struct HostilePeer::Session {
  explicit Session(tcp::socket connected)
      : socket(std::move(connected)), wake(socket.get_executor()) {}

  void say(const wire::Message& message) {
    wire::encode(message, outbox);
    wake.notify_all();
  }
  void close() {
    closed = true;
    std::error_code ignored;
    socket.close(ignored);
    wake.notify_all();
  }

  /// What was written arrives all the same.
  void leave() {
    closed = true;
    std::error_code ignored;
    socket.shutdown(tcp::socket::shutdown_send, ignored);
  }

  tcp::socket socket;
  net::Wakeup wake;
  Bytes outbox;
  std::deque<wire::BlockRange> wanted;
  bool closed = false;
};

HostilePeer::HostilePeer(const std::filesystem::path& file, Habit habit, std::size_t good_blocks,
                         const std::string& host)
    : file_(identify(file)),
      content_(read_file(file)),
      geometry_(Geometry::make(file_.length, file_.piece_length).value()),
      layers_(layers_of(geometry_, content_, file_.root)),
      habit_(habit),
      good_left_(good_blocks),
      acceptor_(loop_, tcp::endpoint(asio::ip::make_address_v4(host), 0)),
      peer_id_(peer_id_for(acceptor_.local_endpoint().port())) {
  net::spawn(loop_.get_executor(), accept_loop());
  thread_ = std::jthread([this] { loop_.run(); });
}

HostilePeer::~HostilePeer() {
  loop_.stop();
}

Endpoint HostilePeer::address() const {
  const tcp::endpoint at = acceptor_.local_endpoint();
  return Endpoint::parse(at.address().to_string() + ":" + std::to_string(at.port())).value();
}

void HostilePeer::register_at(const std::string& tracker) const {
  const tcp::endpoint at = acceptor_.local_endpoint();
  register_at_tracker(tracker, {peer_id_, at.port(), true, file_}, at.address().to_string());
}

void HostilePeer::reform() {
  asio::post(loop_, [this] {
    good_left_ = std::numeric_limits<std::size_t>::max();
    for (const auto& one : sessions_) {
      if (const SessionPtr session = one.lock()) session->wake.notify_all();
    }
  });
}

HostilePeer::Seen HostilePeer::seen() const {
  const std::lock_guard lock(mutex_);
  return seen_;
}

void HostilePeer::wait_until(const std::function<bool(const Seen&)>& condition) const {
  std::unique_lock lock(mutex_);
  if (!news_.wait_for(lock, kPatience, [&] { return condition(seen_); })) {
    throw std::runtime_error("the hostile peer does not see what it waits for");
  }
}

void HostilePeer::note(std::size_t Seen::*counter) {
  const std::lock_guard lock(mutex_);
  ++(seen_.*counter);
  news_.notify_all();
}

// ---- on the peer's own thread

asio::awaitable<void> HostilePeer::accept_loop() {
  for (;;) {
    auto session = std::make_shared<Session>(co_await acceptor_.async_accept(asio::use_awaitable));
    sessions_.push_back(session);
    net::spawn(loop_.get_executor(), serve(std::move(session)));
  }
}

asio::awaitable<void> HostilePeer::serve(SessionPtr session) {
  try {
    std::array<std::byte, wire::kHandshakeLength> bytes;
    co_await asio::async_read(session->socket, asio::buffer(bytes), asio::use_awaitable);
    const auto theirs = wire::decode_handshake(bytes);
    if (theirs && theirs->info_hash == truncated(info_hash(file_))) {
      note(&Seen::connections);
      const auto ours = wire::encode(wire::Handshake{
          .info_hash = theirs->info_hash, .peer_id = peer_id_, .extended = false, .fast = true});
      session->outbox.assign(ours.begin(), ours.end());
      session->say(wire::HaveAll{});
      if (habit_ != Habit::never_unchokes) session->say(wire::Unchoke{});
      net::spawn(loop_.get_executor(), write_loop(session));
      co_await read_loop(session);
    }
  } catch (const std::system_error&) {
    // The other side has left, or we have.
  }
  session->close();
  note(&Seen::ended);
}

asio::awaitable<void> HostilePeer::read_loop(SessionPtr session) {
  for (Bytes frame;;) {
    frame.resize(wire::kLengthPrefix);
    co_await asio::async_read(session->socket, asio::buffer(frame), asio::use_awaitable);
    const std::size_t length = load_be<std::uint32_t>(frame.data());
    if (length > kMostFrame) co_return;
    frame.resize(wire::kLengthPrefix + length);
    co_await asio::async_read(session->socket,
                              asio::buffer(frame.data() + wire::kLengthPrefix, length),
                              asio::use_awaitable);
    take(*session, frame);
  }
}

void HostilePeer::take(Session& session, BytesView frame) {
  const auto step = wire::decode(frame, (geometry_.pieces() + 7) / 8);
  if (!step || !std::holds_alternative<wire::Decoded>(*step)) return session.close();
  const wire::Message& message = std::get<wire::Decoded>(*step).message;
  if (const auto* request = std::get_if<wire::Request>(&message)) {
    note(&Seen::requests);
    session.wanted.push_back(request->range);
    session.wake.notify_all();
  } else if (const auto* cancel = std::get_if<wire::Cancel>(&message)) {
    std::erase(session.wanted, cancel->range);
  } else if (const auto* hashes = std::get_if<wire::HashRequest>(&message)) {
    note(&Seen::hash_requests);
    if (habit_ != Habit::ignores_hash_requests) answer_hashes(session, hashes->range);
  }
}

void HostilePeer::answer_hashes(Session& session, const wire::HashRange& range) {
  const merkle::HashRequest request{range.root, range.base, range.index, range.length, range.proof};
  if (layers_ && static_cast<int>(range.base) < layers_->level()) {
    return;  // a reject of leaves can end a stock client (trap T4), which is not the test's point
  }
  if (!layers_ || !merkle::is_valid(request, layers_->tree_height())) {
    return session.say(wire::HashReject{range});
  }
  Bytes hashes;
  for (const Digest& hash : layers_->answer(request)) ByteWriter(hashes).bytes(hash.bytes);
  if (habit_ == Habit::lies_about_hashes) hashes.front() ^= std::byte{1};
  session.say(wire::Hashes{range, hashes});
}

/// Before it answers.
std::size_t HostilePeer::fewest_requests() const {
  if (habit_ == Habit::stops) return std::numeric_limits<std::size_t>::max();
  return habit_ == Habit::lies_and_leaves ? kLies : 1;
}

bool HostilePeer::is_good() const {
  return good_left_ > 0;
}

asio::awaitable<void> HostilePeer::write_loop(SessionPtr session) {
  try {
    while (!session->closed) {
      if (!session->outbox.empty()) {
        const Bytes bytes = std::exchange(session->outbox, {});
        co_await asio::async_write(session->socket, asio::buffer(bytes), asio::use_awaitable);
      } else if (session->wanted.size() >= (is_good() ? 1 : fewest_requests())) {
        co_await answer_request(session);
      } else {
        co_await session->wake.wait();
      }
    }
  } catch (const std::system_error&) {
    session->close();
  }
}

void HostilePeer::append_block(BlockRef block, Bytes& out) const {
  const BytesView data =
      BytesView(content_).subspan(geometry_.offset(block), geometry_.size(block));
  wire::encode(wire::Piece{value(block.piece), block.block * kBlockLength, data}, out);
}

asio::awaitable<void> HostilePeer::lie_and_leave(SessionPtr session) {
  Bytes frames;
  for (std::size_t lies = 0; lies < kLies; ++lies) {
    const wire::BlockRange range = session->wanted.front();
    session->wanted.pop_front();
    append_block(*geometry_.block(range.piece, range.begin, range.length), frames);
    frames.back() ^= std::byte{1};
  }
  co_await asio::async_write(session->socket, asio::buffer(frames), asio::use_awaitable);
  session->leave();
  note(&Seen::bad_blocks);
}

asio::awaitable<void> HostilePeer::answer_request(SessionPtr session) {
  if (!is_good() && habit_ == Habit::lies_and_leaves) {
    co_await lie_and_leave(session);
    co_return;
  }
  const wire::BlockRange range = session->wanted.front();
  session->wanted.pop_front();
  const auto block = geometry_.block(range.piece, range.begin, range.length);
  if (!block || (!is_good() && habit_ == Habit::rejects)) {
    session->say(wire::Reject{range});
    co_return;
  }
  const bool good = is_good();
  Bytes frame;
  append_block(*block, frame);
  if (!good && habit_ == Habit::corrupts) frame.back() ^= std::byte{1};
  if (!good && habit_ == Habit::trickles) {
    asio::steady_timer timer(loop_);
    for (std::size_t at = 0; at < frame.size() && !is_good(); ++at) {
      co_await asio::async_write(session->socket, asio::buffer(&frame[at], 1), asio::use_awaitable);
      if (at == 0) note(&Seen::bad_blocks);
      co_await net::sleep(timer, std::chrono::seconds(1));
    }
    session->close();  // nobody knows where it is in the frame
    co_return;
  }
  if (!good && habit_ == Habit::resets) {
    frame.resize(frame.size() / 2);
    co_await asio::async_write(session->socket, asio::buffer(frame), asio::use_awaitable);
    session->socket.set_option(asio::socket_base::linger(true, 0));
    session->close();
  } else {
    co_await asio::async_write(session->socket, asio::buffer(frame), asio::use_awaitable);
  }
  if (good) --good_left_;
  note(good ? &Seen::good_blocks : &Seen::bad_blocks);
}

}  // namespace shoal::test
