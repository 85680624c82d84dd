#include "discovery/answers.hpp"

#include <algorithm>
#include <unordered_set>

#include "metainfo/geometry.hpp"
#include "metainfo/name.hpp"

namespace shoal::discovery {
namespace {

using namespace datagram;

std::string said_by(const std::string& tracker) {
  return "the tracker at " + tracker;
}

std::string in_bytes(std::uint64_t length) {
  return std::to_string(length) + (length == 1 ? " byte" : " bytes");
}

Errc code_of(RefuseReason reason) {
  switch (reason) {
    case RefuseReason::name_taken:
      return Errc::conflict;
    case RefuseReason::bad_name:
      return Errc::bad_name;
    case RefuseReason::table_full:
      return Errc::table_full;
    case RefuseReason::unknown_name:
      return Errc::not_found;
    case RefuseReason::bad_request:
      break;
  }
  return Errc::bad_input;
}

Error refused(const RefuseReply& reply, std::string_view name, const std::string& tracker) {
  const Errc code = code_of(reply.reason);
  const std::string quoted = "\"" + printable(name) + "\"";
  if (code == Errc::not_found)
    return {code, "nobody offers " + quoted + ", says " + said_by(tracker)};
  std::string message = said_by(tracker) + " refuses " + quoted + ": " + printable(reply.message);
  if (code == Errc::conflict) {
    message = said_by(tracker) + " refuses " + quoted +
              ": others offer other content under that name (" + in_bytes(reply.holder_length) +
              ", root " + to_hex(reply.holder_root) +
              "); rename the file, or offer it once they have left";
  }
  return {code, std::move(message)};
}

Result<void> check_lengths(const FileInfo& file) {
  const bool is_empty = file.length == 0;
  if (is_empty && file.root != Digest{}) return fail(Errc::bad_input, "an empty file with a root");
  // An empty file has no pieces; its piece length must be one all the same, as it is part of the
  // identity.
  auto geometry = Geometry::make(is_empty ? 1 : file.length, file.piece_length);
  if (!geometry) return std::unexpected(std::move(geometry).error());
  return {};
}

}  // namespace

Error refusal(const Reply& reply, std::string_view name, const std::string& tracker) {
  if (const auto* no = std::get_if<RefuseReply>(&reply)) return refused(*no, name, tracker);
  if (const auto* error = std::get_if<ErrorReply>(&reply)) {
    return {Errc::bad_input,
            said_by(tracker) + " answers with an error: " + printable(error->message)};
  }
  return {Errc::bad_input, said_by(tracker) + " answers something else than asked"};
}

Error refusal(const Reply& reply, const FileInfo& file, const std::string& tracker) {
  const auto* no = std::get_if<RefuseReply>(&reply);
  const bool same_content = no != nullptr && no->reason == RefuseReason::name_taken &&
                            no->holder_length == file.length && no->holder_root == file.root;
  if (!same_content) return refusal(reply, std::string_view(file.name), tracker);
  return {Errc::conflict,
          said_by(tracker) + " refuses \"" + printable(file.name) +
              "\": others offer the same content under that name, cut into other pieces by another "
              "client; join them with leecher, in the folder of the file"};
}

std::vector<Endpoint> reachable(const std::vector<Endpoint>& peers, const Endpoint& tracker,
                                std::span<const std::uint32_t> links) {
  if (tracker.scope != 0)
    links = std::span(&tracker.scope, 1);
  else if (!tracker.address.is_loopback())
    links = {};
  std::vector<Endpoint> result;
  std::unordered_set<Endpoint> seen;
  const auto add = [&](const Endpoint& peer) {
    if (seen.insert(peer).second) result.push_back(peer);
  };
  for (const Endpoint& peer : peers) {
    if (peer.port == 0 || peer.address.is_unspecified()) continue;
    if (peer.address.is_loopback() && !tracker.address.is_loopback()) {
      add({tracker.address, peer.port, tracker.scope});
    } else if (peer.address.is_link_local()) {
      for (const std::uint32_t scope : links) add({peer.address, peer.port, scope});
    } else {
      add(peer);
    }
  }
  return result;
}

Result<Lookup> read_lookup(const Answer& answer, const std::string& name,
                           const std::optional<Digest>& root, const std::string& tracker) {
  const auto* reply = std::get_if<LookupReply>(&answer.reply);
  if (reply == nullptr) return std::unexpected(refusal(answer.reply, name, tracker));
  Lookup lookup{.file = {name, reply->length, reply->piece_length, reply->root},
                .seeders = reply->seeders,
                .leechers = reply->leechers,
                .peers = reachable(reply->peers, answer.from, answer.links),
                .tracker = tracker,
                .asker = reply->asker};
  if (auto valid = check_lengths(lookup.file); !valid) {
    return fail(Errc::bad_input, said_by(tracker) + " tells impossible lengths for \"" +
                                     printable(name) + "\": " + valid.error().message);
  }
  if (root && *root != reply->root) {
    return fail(Errc::conflict, said_by(tracker) + " knows \"" + printable(name) + "\" with root " +
                                    to_hex(reply->root) + " (" + in_bytes(reply->length) +
                                    "), not with the root asked for, " + to_hex(*root));
  }
  return lookup;
}

Result<bool> append_page(const Answer& answer, std::string_view prefix, const std::string& tracker,
                         std::vector<ListEntry>& list) {
  const auto* page = std::get_if<ListReply>(&answer.reply);
  if (page == nullptr) return std::unexpected(refusal(answer.reply, prefix, tracker));
  for (const ListEntry& entry : page->files) {
    const bool in_order = list.empty() || list.back().name < entry.name;
    if (!in_order || !entry.name.starts_with(prefix) || !check_name(entry.name)) {
      return fail(Errc::bad_input,
                  said_by(tracker) +
                      " sends a catalogue that is out of order or has bad names, at \"" +
                      printable(entry.name) + "\"");
    }
    list.push_back(entry);
  }
  return page->more && !page->files.empty();
}

}  // namespace shoal::discovery
