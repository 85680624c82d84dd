#include "registry/responder.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <variant>

#include "metainfo/name.hpp"

namespace shoal::registry {
namespace {

using datagram::Action;

/// Registrations that one datagram may clear away: more than it can add, so that they cannot pile
/// up.
constexpr std::size_t kExpiriesPerDatagram = 16;

/// Names are as long as they like to be until there are many: a table full of the longest ones
/// would take half as much memory again.
constexpr std::size_t name_bytes(std::size_t files) {
  return std::max<std::size_t>(std::min<std::size_t>(files, kNone) * 100, 1 << 20);
}

/// A key of its own for each use, so that connection ids, which everybody sees, say nothing about
/// the tables.
SipKey derive(const SipKey& secret, std::string_view use) {
  SipKey key;
  store_be(siphash(secret, as_bytes(std::string(use) + " 1")), key.data());
  store_be(siphash(secret, as_bytes(std::string(use) + " 2")), key.data() + 8);
  return key;
}

RegistryOptions registry_options(const ResponderOptions& options, const SipKey& secret) {
  return {.host_lifetime = options.timeout,
          .announcer_lifetime = options.announce_interval * 22 / 10,
          .max_files = options.max_files,
          .max_name_bytes = name_bytes(options.max_files),
          .max_peers = options.max_peers,
          .max_per_address = options.max_per_address,
          .open = options.open,
          .closed = options.closed,
          .hash_key = derive(secret, "tables")};
}

TrackerAction named(std::uint32_t action) {
  switch (static_cast<Action>(action)) {
    case Action::connect:
      return TrackerAction::connect;
    case Action::announce:
      return TrackerAction::announce;
    case Action::scrape:
      return TrackerAction::scrape;
    case Action::register_file:
      return TrackerAction::register_file;
    case Action::register_folder:
      return TrackerAction::register_folder;
    case Action::heartbeat:
      return TrackerAction::heartbeat;
    case Action::withdraw:
      return TrackerAction::withdraw;
    case Action::lookup:
    case Action::lookup_any:
      return TrackerAction::lookup;
    case Action::list:
    case Action::list_any:
      return TrackerAction::list;
    default:
      return TrackerAction::unknown;
  }
}

bool is_own(std::uint32_t action) {
  const TrackerAction which = named(action);
  return which >= TrackerAction::register_file && which < TrackerAction::unknown;
}

/// BEP 15's error, or a refusal of ours.
bool is_no(BytesView reply) {
  if (reply.size() < sizeof(std::uint32_t)) return false;
  const auto action = static_cast<Action>(load_be<std::uint32_t>(reply.data()));
  return action == Action::error || action == Action::refuse;
}

void send(datagram::TransactionId transaction, datagram::Reply reply, Bytes& out) {
  datagram::encode({transaction, std::move(reply)}, out);
}

/// Stock clients know errors, ours want a reason.
datagram::Reply no(std::uint32_t action, std::string message) {
  if (is_own(action))
    return datagram::RefuseReply{datagram::RefuseReason::bad_request, 0, {}, std::move(message)};
  return datagram::ErrorReply{std::move(message)};
}

}  // namespace

Responder::Responder(const ResponderOptions& options, const SipKey& secret)
    : ids_(derive(secret, "connection ids")),
      registry_(registry_options(options, secret)),
      timing_{static_cast<std::uint32_t>(options.heartbeat.count()),
              static_cast<std::uint32_t>(options.timeout.count())},
      announce_interval_(static_cast<std::uint32_t>(options.announce_interval.count())) {}

bool Responder::answer(BytesView datagram, const Endpoint& from, Time now, Bytes& out) {
  out.clear();
  const bool answered = try_answer(datagram, from, now, out);
  ++(answered ? answered_ : dropped_);
  return answered;
}

bool Responder::try_answer(BytesView datagram, const Endpoint& from, Time now, Bytes& out) {
  const std::optional<datagram::Head> head = datagram::decode_head(datagram);
  if (!head) {
    drop(TrackerDrop::no_request);
    return false;
  }
  const bool connects = head->connection == datagram::kConnectMagic &&
                        head->action == static_cast<std::uint32_t>(Action::connect);
  if (!connects && !ids_.valid(head->connection, from.address, now)) {
    drop(TrackerDrop::wrong_connection_id);
    return false;
  }

  registry_.expire(now, kExpiriesPerDatagram);
  const auto request = datagram::decode_request(datagram);
  if (!request) {
    send(head->transaction, no(head->action, request.error().message), out);
    count(head->action, from, out);
    return true;
  }
  const Context context{from, now, head->transaction, out};
  std::visit([&](const auto& content) { handle(content, context); }, request->request);
  count(head->action, from, out);
  return true;
}

void Responder::count(std::uint32_t action, const Endpoint& from, BytesView out) {
  TrackerCounters::Families& of_action =
      counters_.requests[static_cast<std::size_t>(named(action))];
  TrackerCounters::Requests& requests = from.address.is_v4() ? of_action.v4 : of_action.v6;
  ++(is_no(out) ? requests.refused : requests.answered);
}

void Responder::handle(const datagram::ConnectRequest&, const Context& context) {
  const auto id = ids_.issue(context.from.address, context.now);
  send(context.transaction, datagram::ConnectReply{id}, context.out);
}

void Responder::handle(const datagram::AnnounceRequest& request, const Context& context) {
  auto& reply = std::get<datagram::AnnounceReply>(announce_.reply);
  const auto heard = registry_.announce(request, context.from.address, context.now, reply);
  if (!heard)
    return send(context.transaction, datagram::ErrorReply{heard.error().message}, context.out);
  reply.interval_seconds = announce_interval_;
  announce_.transaction = context.transaction;
  datagram::encode(announce_, context.out);
}

void Responder::handle(const datagram::ScrapeRequest& request, const Context& context) {
  datagram::ScrapeReply reply;
  registry_.scrape(request, reply);
  send(context.transaction, std::move(reply), context.out);
}

void Responder::handle(const datagram::RegisterRequest& request, const Context& context) {
  auto registered = registry_.register_file(request, context.from.address, context.now);
  if (!registered) return send(context.transaction, std::move(registered.error()), context.out);
  datagram::RegisterReply reply{timing_, *registered, request.file.folder.has_value()};
  send(context.transaction, std::move(reply), context.out);
}

void Responder::handle(const datagram::HeartbeatRequest& request, const Context& context) {
  const bool known = registry_.heartbeat(request, context.from.address, context.now);
  send(context.transaction, datagram::HeartbeatReply{known, timing_}, context.out);
}

void Responder::handle(const datagram::WithdrawRequest& request, const Context& context) {
  registry_.withdraw(request, context.from.address);
  send(context.transaction, datagram::WithdrawReply{}, context.out);
}

void Responder::handle(const datagram::LookupRequest& request, const Context& context) {
  auto& reply = std::get<datagram::LookupReply>(lookup_.reply);
  if (!registry_.lookup(request, context.from.address, reply)) {
    datagram::RefuseReply refusal{datagram::RefuseReason::unknown_name, 0, {}, {}};
    refusal.message = "nobody offers \"" + printable(request.name, kMaxNameLength) + "\"";
    return send(context.transaction, std::move(refusal), context.out);
  }
  if (reply.folder && request.kinds == datagram::Kinds::files) {
    datagram::RefuseReply refusal{datagram::RefuseReason::is_folder, 0, {}, {}};
    refusal.message = "it is a folder of " + std::to_string(reply.folder->files) +
                      (reply.folder->files == 1 ? " file" : " files") +
                      "; a newer version of the leecher fetches it";
    return send(context.transaction, std::move(refusal), context.out);
  }
  reply.asker = context.from;
  lookup_.transaction = context.transaction;
  datagram::encode(lookup_, context.out);
}

void Responder::handle(const datagram::ListRequest& request, const Context& context) {
  datagram::ListReply reply;
  registry_.list(request, reply);
  send(context.transaction, std::move(reply), context.out);
}

}  // namespace shoal::registry
