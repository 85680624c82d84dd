#include "discovery/answers.hpp"

#include <algorithm>
#include <unordered_set>

#include "base/least_port.hpp"
#include "metainfo/folder_info.hpp"
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

std::string in_quotes(std::string_view name) {
  return "\"" + printable(name) + "\"";
}

/// How people tell one content from another.
std::string identity(bool is_folder, std::uint64_t length, const Digest& root) {
  return (is_folder ? "a folder of " : "") + in_bytes(length) +
         (is_folder ? ", info hash " : ", root ") + to_hex(root);
}

Errc code_of(RefuseReason reason) {
  switch (reason) {
    case RefuseReason::name_taken:
      return Errc::conflict;
    case RefuseReason::bad_name:
      return Errc::bad_name;
    case RefuseReason::table_full:
    case RefuseReason::place_taken:
      return Errc::table_full;
    case RefuseReason::unknown_name:
      return Errc::not_found;
    case RefuseReason::bad_request:
    case RefuseReason::is_folder:
      break;
  }
  return Errc::bad_input;
}

Error refused(const RefuseReply& reply, std::string_view name, bool is_folder,
              const std::string& tracker) {
  const Errc code = code_of(reply.reason);
  if (code == Errc::not_found)
    return {code, "nobody offers " + in_quotes(name) + ", says " + said_by(tracker)};
  const std::string refuses = said_by(tracker) + " refuses " + in_quotes(name) + ": ";
  if (code != Errc::conflict) return {code, refuses + printable(reply.message)};
  return {code, refuses + "others offer other content under that name (" +
                    identity(reply.holder_is_folder, reply.holder_length, reply.holder_root) +
                    "); rename the " + (is_folder ? "folder" : "file") +
                    ", or offer it once they have left"};
}

Result<void> check_numbers(const FileInfo& file) {
  if (file.folder) return check_folder(file);
  const bool is_empty = file.length == 0;
  if (is_empty && file.root != Digest{}) return fail(Errc::bad_input, "an empty file with a root");
  // An empty file has no pieces; its piece length must be one all the same, as it is part of the
  // identity.
  auto geometry = Geometry::make(is_empty ? 1 : file.length, file.piece_length);
  if (!geometry) return std::unexpected(std::move(geometry).error());
  return {};
}

}  // namespace

bool is_for_now(const Reply& reply) {
  const auto* no = std::get_if<RefuseReply>(&reply);
  return no != nullptr &&
         (no->reason == RefuseReason::table_full || no->reason == RefuseReason::place_taken);
}

Error refusal(const Reply& reply, std::string_view name, const std::string& tracker) {
  if (const auto* no = std::get_if<RefuseReply>(&reply)) return refused(*no, name, false, tracker);
  if (const auto* error = std::get_if<ErrorReply>(&reply)) {
    return {Errc::bad_input,
            said_by(tracker) + " answers with an error: " + printable(error->message)};
  }
  return {Errc::bad_input, said_by(tracker) + " answers something else than asked"};
}

Error refusal(const Reply& reply, const FileInfo& file, const std::string& tracker) {
  const bool is_folder = file.folder.has_value();
  // Ours answers an error to what it does not know, and to nothing else that is told of a file.
  if (const auto* error = std::get_if<ErrorReply>(&reply); error != nullptr && is_folder) {
    return {Errc::bad_input, said_by(tracker) + " is too old for folders, so it does not take " +
                                 in_quotes(file.name) +
                                 " (it answers: " + printable(error->message) +
                                 "); update it, or give others the magnet link"};
  }
  const auto* no = std::get_if<RefuseReply>(&reply);
  if (no == nullptr) return refusal(reply, std::string_view(file.name), tracker);
  const bool same_content = no->reason == RefuseReason::name_taken &&
                            no->holder_is_folder == is_folder && no->holder_root == file.root &&
                            (is_folder || no->holder_length == file.length);
  if (!same_content) return refused(*no, file.name, is_folder, tracker);
  if (is_folder) {
    return {Errc::conflict, said_by(tracker) + " refuses " + in_quotes(file.name) +
                                ": others have registered that folder under another name, which "
                                "cannot be right; offer it once they have left, or give others the "
                                "magnet link"};
  }
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
    if (peer.port < kLeastPort || peer.address.is_unspecified()) continue;
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
  Lookup lookup{.file = {name, reply->length, reply->piece_length, reply->root, reply->folder},
                .seeders = reply->seeders,
                .leechers = reply->leechers,
                .peers = reachable(reply->peers, answer.from, answer.links),
                .tracker = tracker,
                .asker = reply->asker};
  if (auto valid = check_numbers(lookup.file); !valid) {
    return fail(Errc::bad_input, said_by(tracker) + " tells impossible " +
                                     (reply->folder ? "numbers" : "lengths") + " for " +
                                     in_quotes(name) + ": " + valid.error().message);
  }
  if (root && *root != reply->root) {
    const bool is_folder = reply->folder.has_value();
    return fail(Errc::conflict, said_by(tracker) + " knows " + in_quotes(name) +
                                    (is_folder ? " as a folder with info hash " : " with root ") +
                                    to_hex(reply->root) + " (" + in_bytes(reply->length) +
                                    "), not with the " + (is_folder ? "one" : "root") +
                                    " asked for, " + to_hex(*root));
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
