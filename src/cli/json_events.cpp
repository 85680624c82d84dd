#include "cli/json_events.hpp"

#include <chrono>

#include <nlohmann/json.hpp>

#include "cli/exit_code.hpp"

namespace shoal::cli {
namespace {

using Json = nlohmann::ordered_json;  // fields in the order of the documentation

/// What was asked for, where that was not the name.
Json with_target(Json object, const std::string& target) {
  if (!target.empty()) object["target"] = target;
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
    return {{"event", "refused"},
            {"name", e.name},
            {"reason", e.reason.message},
            {"code", static_cast<int>(exit_code(e.reason.code))}};
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
    return with_known({{"event", "progress"},
                       {"name", e.name},
                       {"bytes", e.bytes},
                       {"length", e.length},
                       {"rate", e.rate},
                       {"peers", e.peers}},
                      e.known);
  }
  Json operator()(const event::WrongData& e) const {
    return {{"event", "wrong_data"}, {"name", e.name}, {"peer", e.peer}};
  }
  Json operator()(const event::Waiting& e) const {
    return with_target({{"event", "waiting"},
                        {"name", e.name},
                        {"reason", e.reason.message},
                        {"code", static_cast<int>(exit_code(e.reason.code))}},
                       e.target);
  }
  Json operator()(const event::Complete& e) const {
    return with_target({{"event", "complete"},
                        {"name", e.file.name},
                        {"path", e.path.string()},
                        {"bytes", e.file.length},
                        {"fetched", e.fetched},
                        {"seconds", std::chrono::duration<double>(e.took).count()},
                        {"root", to_hex(e.file.root)}},
                       e.target);
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
    Json object = with_target({{"event", "failed"},
                               {"name", e.name},
                               {"reason", e.reason.message},
                               {"code", static_cast<int>(exit_code(e.reason.code))}},
                              e.target);
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
