#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>

#include <shoal/digest.hpp>
#include <shoal/endpoint.hpp>
#include <shoal/error.hpp>
#include <shoal/file_info.hpp>
#include <shoal/keys.hpp>

#include "base/clock.hpp"
#include "datagram/datagram.hpp"
#include "discovery/host_proof.hpp"
#include "discovery/swarm_announcer.hpp"
#include "discovery/whereabouts.hpp"
#include "metainfo/name.hpp"

namespace shoal::discovery {

/// What a tracker says a name stands for, checked: the name is allowed and the lengths make sense.
/// The numbers of a folder are hints until its info dictionary is here.
struct Lookup {
  FileInfo file;  ///< or folder
  std::uint32_t seeders = 0;
  std::uint32_t leechers = 0;
  std::vector<Endpoint> peers;
  std::string tracker;              ///< who said so, as given to the Announcer
  std::optional<Endpoint> asker{};  ///< where it saw us
};

/// What an Announcer tells its owner. Any may be empty. They may call the Announcer, and may
/// destroy it.
struct AnnouncerEvents {
  using Tracker = const std::string&;  ///< as given to the Announcer
  /// The tracker knows the file: the first time, after an upgrade to complete, and after it had
  /// forgotten us; in each address family in which it is told.
  std::function<void(const FileInfo&, Tracker)> on_registered;
  /// The tracker does not take the file; or it is too old to know folders. Others may.
  std::function<void(const FileInfo&, const Error&, Tracker)> on_refused;
  /// The tracker has no place for the file now, and is asked again at each heartbeat until it has;
  /// once for all files that come to wait there meanwhile.
  std::function<void(const FileInfo&, const Error&, Tracker)> on_put_off;
  /// Where the tracker sends others to find us, which is where it sees us or what we said it is
  /// (`said`); again when that changes. Older trackers do not tell.
  std::function<void(Tracker, const Endpoint& listed, const std::optional<Endpoint>& said)>
      on_listed;
  /// Once for each change. A tracker counts as answering until it did not.
  std::function<void(Tracker, bool answers, const std::string& message)> on_tracker_state;
};

/// How long an Announcer waits; the defaults suit the LAN and the internet.
struct AnnouncerTiming {
  Duration patience = std::chrono::seconds(10);  ///< silence after which a tracker counts as down
  Duration probe = std::chrono::seconds(5);      ///< how often a tracker that is down is tried
  Duration first_retry = std::chrono::milliseconds(500);
};

/// Keeps our files known at every tracker, in each address family in which we listen: registers,
/// sends heartbeats, registers again when a tracker has forgotten us, withdraws. And asks all
/// trackers for names. Everything is called on the executor's (one) thread. Coroutines keep alive
/// what they use, so an Announcer may be destroyed at any time; those under way then end with
/// Errc::cancelled.
class Announcer {
 public:
  /// `trackers`: host:port, [v6]:port, udp://host:port; one that cannot be parsed is told by
  /// on_tracker_state when it is first needed. `keys`: see TrackerClient. Without a `secret`
  /// whoever has our address can speak for us, as with older programs. No I/O before the first call
  /// below.
  Announcer(asio::any_io_executor executor, std::vector<std::string> trackers,
            const PeerId& peer_id, Whereabouts where, AnnouncerEvents events,
            const AnnouncerTiming& timing = {}, Keys keys = {},
            const std::optional<HostSecret>& secret = {});
  ~Announcer();
  Announcer(Announcer&&) noexcept;
  Announcer& operator=(Announcer&&) noexcept;

  /// From now on these are called: a leecher's registrations pass to a seeder.
  void set_events(AnnouncerEvents events);

  /// Calls on_listed soon for each tracker that has said where it sends others, though that was
  /// told before: to events that were set since, or of which nobody took notice.
  void tell_listed_again();

  /// Registers a file or folder with every tracker, now and whenever it forgets. Again with
  /// `complete` upgrades. Again after a refusal asks again.
  void offer(const FileInfo& file, bool complete);
  /// Withdraws at every tracker.
  void withdraw(const InfoHash& file);

  /// We were stopped for a while, and the trackers may have forgotten us: tells them at once that
  /// we are here.
  void resumed();

  /// Asks all trackers at once; the first good answer wins. With `root` only an answer with that
  /// root, or of a folder with that info hash, is good. Errors: no_tracker (nobody answered; names
  /// them), not_found (somebody answered, nobody knows it), conflict (`root` given, others known),
  /// bad_input (all answers were nonsense), cancelled.
  asio::awaitable<Result<Lookup>> find(FileName name, std::optional<Digest> root,
                                       Duration patience);
  /// Like find(), but waits for all trackers (not long for those slower than the first) and merges
  /// the peers of those that know the file by the same name and root.
  asio::awaitable<Result<Lookup>> find_peers(FileInfo file, Duration patience);
  /// For swarms that are known by info hash: announces at all trackers and at `more` (as the
  /// constructor takes them; repetitions are left out) until unfollow(), and tells what they answer
  /// (see SwarmAnnouncer). Returns which trackers those are, by the names they will answer under.
  /// Precondition: it is not followed already.
  std::vector<std::string> follow(const InfoHash& swarm, const std::vector<std::string>& more,
                                  const Standing& standing, SwarmAnnouncer::OnAnswer on_answer);
  /// Null for a swarm that is not followed.
  [[nodiscard]] SwarmAnnouncer* followed(const InfoHash& swarm);
  /// Tells those trackers that we leave.
  void unfollow(const InfoHash& swarm);

  /// We may be at another address now: every tracker is told at once where we are.
  void addresses_changed();

  /// The catalogue of the first tracker that answers: names that begin with `prefix`, in byte
  /// order, at most 100,000; where there are none, those that begin with it in another Unicode
  /// spelling. `patience` is for each page.
  asio::awaitable<Result<std::vector<datagram::ListEntry>>> list(
      std::string prefix, Duration patience = std::chrono::seconds(10));

  /// Withdraws everything, waiting at most about a second for trackers, then stops for good.
  asio::awaitable<void> close();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace shoal::discovery
