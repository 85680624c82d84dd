#include "cli/json_events.hpp"

#include <chrono>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>
#include <openssl/evp.h>

#include "base/utf8.hpp"
#include "cli/exit_code.hpp"

namespace shoal::cli {
namespace {

using Json = nlohmann::ordered_json;  // fields in the order of the documentation

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const auto point = decode_utf8(text);
    if (!point) return false;
    text.remove_prefix(point->size);
  }
  return true;
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
  object[field] = named;
  if (!is_utf8(named)) object[field + "_bytes"] = base64(named);
  return object;
}

/// What was asked for, where that was not the name.
Json with_target(Json object, const std::string& target) {
  return target.empty() ? object : with(std::move(object), "target", target);
}

std::string line(const Json& object) {
  return object.dump(-1, ' ', false, Json::error_handler_t::replace);
}

struct ToJson {
  Json operator()(const event::Listening& e) const {
    return {{"event", "listening"}, {"address", e.address.to_string()}};
  }
  Json operator()(const event::Hashing& e) const {
    return {{"event", "hashing"}, {"name", e.name}, {"bytes", e.bytes}, {"length", e.length}};
  }
  Json operator()(const event::Registered& e) const {
    return {{"event", "registered"},       {"name", e.file.name},
            {"length", e.file.length},     {"piece_length", e.file.piece_length},
            {"root", to_hex(e.file.root)}, {"info_hash", to_hex(e.info_hash)},
            {"magnet", e.magnet}};
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
    return with_target({{"event", "found"},
                        {"name", e.file.name},
                        {"length", e.file.length},
                        {"piece_length", e.file.piece_length},
                        {"root", to_hex(e.file.root)},
                        {"info_hash", to_hex(e.info_hash)},
                        {"peers", e.peers}},
                       e.target);
  }
  Json operator()(const event::Progress& e) const {
    return {{"event", "progress"}, {"name", e.name}, {"bytes", e.bytes},
            {"length", e.length},  {"rate", e.rate}, {"peers", e.peers}};
  }
  Json operator()(const event::Complete& e) const {
    Json object = with({{"event", "complete"}, {"name", e.file.name}}, "path", e.path.string());
    object["bytes"] = e.file.length;
    object["fetched"] = e.fetched;
    object["seconds"] = std::chrono::duration<double>(e.took).count();
    object["root"] = to_hex(e.file.root);
    return with_target(std::move(object), e.target);
  }
  Json operator()(const event::Seeding& e) const {
    Json object{{"event", "seeding"},
                {"name", e.file.name},
                {"length", e.file.length},
                {"root", to_hex(e.file.root)}};
    if (!e.served) object["served"] = false;
    return object;
  }
  Json operator()(const event::Failed& e) const {
    Json object = with({{"event", "failed"}}, "name", e.name);
    object["reason"] = e.reason.message;
    object["code"] = static_cast<int>(exit_code(e.reason.code));
    return with_target(std::move(object), e.target);
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
  return line({{"event", "file"},
               {"name", entry.name},
               {"length", entry.length},
               {"seeders", entry.seeders},
               {"leechers", entry.leechers}});
}

std::string to_json(const TrackerStatistics& statistics) {
  return line({{"event", "statistics"},
               {"files", statistics.files},
               {"peers", statistics.peers},
               {"answered", statistics.answered},
               {"dropped", statistics.dropped}});
}

}  // namespace shoal::cli
