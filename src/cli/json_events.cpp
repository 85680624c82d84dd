#include "cli/json_events.hpp"

#include <chrono>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>
#include <openssl/evp.h>

#include "base/printable.hpp"
#include "base/utf8.hpp"
#include "cli/exit_code.hpp"
#include "status/common.hpp"

namespace shoal::cli {
namespace {

using Json = nlohmann::ordered_json;  // fields in the order of the documentation

// Stand for the bytes of a name that are no UTF-8 until its line is complete: private characters
// of Unicode, since the library writes no half of a surrogate pair.
constexpr char32_t kStandIns = 0x10fe00;

void append_utf8_of_four(char32_t c, std::string& out) {
  out.push_back(static_cast<char>(0xf0 | (c >> 18)));
  for (const unsigned shift : {12u, 6u, 0u}) {
    out.push_back(static_cast<char>(0x80 | ((c >> shift) & 0x3f)));
  }
}

bool is_stand_in(char32_t c) {
  return c >= kStandIns + 0x80 && c <= kStandIns + 0xff;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const auto point = decode_utf8(text);
    if (!point) return false;
    text.remove_prefix(point->size);
  }
  return true;
}

/// The text with a stand-in for each byte that is no UTF-8. A character that would be taken for a
/// stand-in goes byte by byte as well.
std::string with_stand_ins(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto point = decode_utf8(text);
    const bool as_it_is = point && !is_stand_in(point->value);
    const std::size_t size = as_it_is ? point->size : 1;
    if (as_it_is) {
      out.append(text.substr(0, size));
    } else {
      append_utf8_of_four(kStandIns + static_cast<unsigned char>(text.front()), out);
    }
    text.remove_prefix(size);
  }
  return out;
}

/// Puts \udc80 to \udcff in place of stand-ins: what Python's file functions take for such bytes
/// (PEP 383), and nobody else takes for a character.
std::string as_half_surrogates(std::string_view line) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  while (!line.empty()) {
    const auto point = decode_utf8(line);
    const std::size_t size = point ? point->size : 1;
    if (point && is_stand_in(point->value)) {
      const char32_t byte = point->value - kStandIns;
      out.append("\\udc").append({kDigits[byte >> 4], kDigits[byte & 0xf]});
    } else {
      out.append(line.substr(0, size));
    }
    line.remove_prefix(size);
  }
  return out;
}

void append_escaped(char32_t c, std::string& out) {
  if (c > 0xffff) {
    append_escaped(0xd800 + ((c - 0x10000) >> 10), out);
    c = 0xdc00 + (c & 0x3ff);
  }
  constexpr std::string_view kDigits = "0123456789abcdef";
  out.append("\\u");
  for (const unsigned shift : {12u, 8u, 4u, 0u}) out.push_back(kDigits[(c >> shift) & 0xf]);
}

/// Means the same, and shows on a terminal what printable() would have replaced there.
std::string with_unseen_escaped(std::string_view line) {
  std::string out;
  char32_t before = 0;
  while (!line.empty()) {
    const auto point = decode_utf8(line);
    const std::size_t size = point ? point->size : 1;
    if (point && !trouble_with(point->value, before).empty())
      append_escaped(point->value, out);
    else
      out.append(line.substr(0, size));
    before = point ? point->value : 0;
    line.remove_prefix(size);
  }
  return out;
}

std::string base64(std::string_view bytes) {
  std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const int size = ::EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                     reinterpret_cast<const unsigned char*>(bytes.data()),
                                     static_cast<int>(bytes.size()));
  out.resize(static_cast<std::size_t>(size));
  return out;
}

/// Adds to the events that tell of something a person or the disk has named. JSON is UTF-8, and
/// such a name need not be: then FIELD_bytes says what it really is.
Json with(Json object, const std::string& field, const std::string& named) {
  if (is_utf8(named)) {
    object[field] = named;
  } else {
    object[field] = with_stand_ins(named);
    object[field + "_bytes"] = base64(named);
  }
  return object;
}

/// What was asked for, where that was not the name.
Json with_target(Json object, const std::string& target) {
  return target.empty() ? object : with(std::move(object), "target", target);
}

/// A folder has no root, and says how many files are in it.
Json with_identity(Json object, const FileInfo& file, const InfoHash& hash) {
  object["name"] = file.name;
  if (file.folder) object["kind"] = "folder";
  object["length"] = file.length;
  if (file.folder) object["files"] = file.folder->files;
  object["piece_length"] = file.piece_length;
  if (!file.folder) object["root"] = to_hex(file.root);
  object["info_hash"] = to_hex(hash);
  return object;
}

/// So much of a folder is here, where that is not all.
Json with_part(Json object, const std::optional<event::FolderPart>& part) {
  if (part) object["here"] = {{"bytes", part->bytes}, {"files", part->files}};
  return object;
}

Json trouble(const KnownPeers& peers) {
  Json reasons = Json::object();
  const auto add = [&](const char* reason, std::size_t count) {
    if (count > 0) reasons[reason] = count;
  };
  add("refused", peers.refused);
  add("unreachable", peers.unreachable);
  add("silent", peers.silent);
  add("no_handshake", peers.no_handshake);
  add("left", peers.left);
  add("wrong_data", peers.wrong_data);
  add("shut_out", peers.shut_out);
  return reasons;
}

/// How many peers are known of, and, where there is any, what is wrong with how many of them.
Json with_known(Json object, const KnownPeers& peers) {
  object["known"] = peers.known;
  Json reasons = trouble(peers);
  if (!reasons.empty()) object["trouble"] = std::move(reasons);
  return object;
}

std::string line(const Json& object) {
  std::string out;
  for (const auto& [field, value] : object.items()) {
    const std::string text =
        with_unseen_escaped(value.dump(-1, ' ', false, Json::error_handler_t::replace));
    out += (out.empty() ? '{' : ',') + Json(field).dump() + ':';
    // Elsewhere a private character is meant as it is.
    out += object.contains(field + "_bytes") ? as_half_surrogates(text) : text;
  }
  return out + '}';
}

struct ToJson {
  Json operator()(const event::Listening& e) const {
    return {{"event", "listening"}, {"address", e.address.to_string()}};
  }
  Json operator()(const event::Hashing& e) const {
    Json object{{"event", "hashing"}, {"name", e.name}, {"bytes", e.bytes}, {"length", e.length}};
    if (e.of_files > 0) {
      object["files"] = e.files;
      object["of_files"] = e.of_files;
    }
    return object;
  }
  Json operator()(const event::Registered& e) const {
    Json object = with_identity({{"event", "registered"}}, e.file, e.info_hash);
    object["magnet"] = e.magnet;
    return with_part(std::move(object), e.part);
  }
  Json operator()(const event::Refused& e) const {
    Json object = with({{"event", "refused"}}, "name", e.name);
    object["reason"] = e.reason.message;
    object["code"] = static_cast<int>(exit_code(e.reason.code));
    return object;
  }
  Json operator()(const event::TrackerState& e) const {
    return {{"event", "tracker"},
            {"tracker", e.tracker},
            {"answers", e.answers},
            {"message", e.message}};
  }
  Json operator()(const event::Found& e) const {
    Json object = with_identity({{"event", "found"}}, e.file, e.info_hash);
    object["peers"] = e.peers;
    if (e.file.folder) {
      object["wanted"] = {{"bytes", e.bytes}, {"files", e.files}};
    }
    return with_target(std::move(object), e.target);
  }
  Json operator()(const event::Progress& e) const {
    Json object{{"event", "progress"}, {"name", e.name}, {"bytes", e.bytes},
                {"length", e.length},  {"rate", e.rate}, {"peers", e.peers}};
    if (e.of_files > 0) {
      object["files"] = e.files;
      object["of_files"] = e.of_files;
    }
    return with_known(std::move(object), e.known);
  }
  Json operator()(const event::WrongData& e) const {
    return {{"event", "wrong_data"}, {"name", e.name}, {"peer", e.peer}};
  }
  Json operator()(const event::Waiting& e) const {
    Json object = with({{"event", "waiting"}}, "name", e.name);
    object["reason"] = e.reason.message;
    object["code"] = static_cast<int>(exit_code(e.reason.code));
    return with_target(std::move(object), e.target);
  }
  Json operator()(const event::Complete& e) const {
    Json object = with({{"event", "complete"}, {"name", e.file.name}}, "path", e.path.string());
    object["bytes"] = e.file.folder ? e.bytes : e.file.length;
    if (e.file.folder) object["files"] = e.files;
    object["fetched"] = e.fetched;
    object["seconds"] = std::chrono::duration<double>(e.took).count();
    if (e.held_by.known()) object["held_by"] = status::to_json(e.held_by);
    object[e.file.folder ? "info_hash" : "root"] = to_hex(e.file.root);
    return with_target(std::move(object), e.target);
  }
  Json operator()(const event::Seeding& e) const {
    Json object{{"event", "seeding"}, {"name", e.file.name}, {"length", e.file.length}};
    if (e.file.folder) object["files"] = e.file.folder->files;
    object[e.file.folder ? "info_hash" : "root"] = to_hex(e.file.root);
    if (!e.served) object["served"] = false;
    return with_part(std::move(object), e.part);
  }
  Json operator()(const event::Failed& e) const {
    Json object = with({{"event", "failed"}}, "name", e.name);
    object["reason"] = e.reason.message;
    object["code"] = static_cast<int>(exit_code(e.reason.code));
    object = with_target(std::move(object), e.target);
    return e.peers ? with_known(std::move(object), *e.peers) : object;
  }
  Json operator()(const event::Notice& e) const {
    return {{"event", "notice"}, {"message", e.message}};
  }
};

}  // namespace

std::string to_json(const Event& event) {
  return line(std::visit(ToJson{}, event));
}

std::string to_json(const CatalogueEntry& entry) {
  Json object{{"event", "file"},
              {"name", entry.name},
              {"length", entry.length},
              {"seeders", entry.seeders},
              {"leechers", entry.leechers},
              {"kind", entry.files ? "folder" : "file"}};
  if (entry.files) object["files"] = *entry.files;
  return line(object);
}

std::string to_json(const FolderEntry& entry) {
  Json object{{"event", "entry"}, {"path", entry.path}};
  if (!entry.target.empty()) {
    object["target"] = entry.target;
    return line(object);
  }
  object["length"] = entry.length;
  if (entry.executable) object["executable"] = true;
  return line(object);
}

std::string web_to_json(std::string_view link, bool wants_token) {
  return line({{"event", "web"}, {"link", link}, {"token", wants_token}});
}

std::string to_json(const TrackerStatistics& statistics) {
  return line({{"event", "statistics"},
               {"files", statistics.files},
               {"peers", statistics.peers},
               {"answered", statistics.answered},
               {"dropped", statistics.dropped}});
}

}  // namespace shoal::cli
