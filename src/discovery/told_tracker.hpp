#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <asio/any_io_executor.hpp>

#include <shoal/endpoint.hpp>
#include <shoal/error.hpp>
#include <shoal/file_info.hpp>
#include <shoal/keys.hpp>

#include "discovery/announce_plan.hpp"
#include "discovery/announcer.hpp"
#include "discovery/tracker_client.hpp"
#include "discovery/whereabouts.hpp"
#include "net/timer.hpp"

namespace shoal::discovery {

/// What a tracker is told in one address family: by whom, and how that goes.
struct TrackerLine {
  TrackerLine(const asio::any_io_executor& executor, std::shared_ptr<TrackerClient> asked,
              std::optional<Endpoint> address, datagram::Proof shown, Duration probe)
      : client(std::move(asked)),
        said(std::move(address)),
        proof(shown),
        plan(probe),
        timer(executor) {}

  std::shared_ptr<TrackerClient> client;
  std::optional<Endpoint> said;  ///< where we shall be listed
  datagram::Proof proof{};       ///< that we are who registered
  AnnouncePlan plan;
  net::Timer timer;  ///< cancelled when the plan may have something new
  bool driven = false;
  std::optional<Error> silence;    ///< why it did not answer the last time
  std::optional<Endpoint> listed;  ///< where it said that we are
};

/// A tracker that is told of our files, in each family in which we listen (it lists us where it
/// hears us from), and is asked in any. What the lines meet is put together here. Does nothing by
/// itself.
class ToldTracker {
 public:
  struct Refusal {
    FileInfo file;
    Error why;
  };

  ToldTracker(const asio::any_io_executor& executor, std::string name, const Whereabouts& where,
              const AnnouncerTiming& timing, const Keys& keys, datagram::Proof proof = {});

  [[nodiscard]] const std::string& name() const { return asked_->name(); }
  /// For questions.
  [[nodiscard]] const std::shared_ptr<TrackerClient>& asked() const { return asked_; }
  [[nodiscard]] std::vector<std::unique_ptr<TrackerLine>>& lines() { return lines_; }

  /// It counts as answering until no line does: why, when that has just come about.
  [[nodiscard]] std::optional<Error> fell_silent();
  /// True when it has just begun to answer again.
  [[nodiscard]] bool is_back();

  /// Some line has files that the tracker had no room for.
  [[nodiscard]] bool waits_for_room() const;

  /// One line was refused that file.
  void refused(const InfoHash& hash, Refusal refusal);
  /// What no line has brought in, and no line may still bring in; each once.
  [[nodiscard]] std::vector<Refusal> refusals();

 private:
  std::shared_ptr<TrackerClient> asked_;
  std::vector<std::unique_ptr<TrackerLine>> lines_;
  bool answers_ = true;
  std::map<InfoHash, Refusal> refused_;  // not told yet
};

/// Clients for what is told to that tracker, one for each family in which we listen and it may have
/// addresses; never none.
[[nodiscard]] TrackerClients telling_clients(const asio::any_io_executor& executor,
                                             const std::string& name, const Whereabouts& where,
                                             Duration first_retry, const Keys& keys);

}  // namespace shoal::discovery
