#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <asio/awaitable.hpp>

#include <shoal/leecher.hpp>

#include "metainfo/description.hpp"
#include "session/fetch_backend.hpp"
#include "session/one_at_a_time.hpp"
#include "session/progress_meter.hpp"
#include "session/stall_detector.hpp"
#include "session/target.hpp"

namespace shoal::session {

/// Whose turn it is among fetches: one a file, and one a name that files are put under here.
struct FetchTurns {
  explicit FetchTurns(const asio::any_io_executor& executor) : files(executor), names(executor) {}

  void stop() {
    files.stop();
    names.stop();
  }

  OneAtATime<InfoHash> files;
  OneAtATime<FileName> names;
};

/// The way from what somebody has typed to a file that is whole and in its place. Each state says
/// what it does, and which one comes next; an error is the end of the way.
///
///     a name: look_up ---.       (a folder's name leads to what a link does from there)
///     a link: read_link -+-> wait_for_same (-> describe) -> wait_for_name -> place
///     place -> adopt, make_empty, or check -> download; then finish
///
/// Nothing is told when the session stops first.
class FetchTask {
 public:
  enum class State : std::uint8_t {
    start,
    name_or_link,   ///< what is typed may be either
    read_link,      ///< what a link or .torrent file says
    look_up,        ///< what trackers know of a name
    wait_for_same,  ///< another fetch of the same file goes first, and may bring it
    describe,       ///< of a link or folder: who has it, and what its info dictionary says
    wait_for_name,  ///< another fetch that puts a file under the same name goes first
    place,          ///< what is there already decides how to go on
    adopt,          ///< a file that is here is proven
    make_empty,
    check,  ///< opens what it is filled under
    download,
    finish,  ///< it is offered
    done,
  };

  /// `as`: what it is called here, where that is not its own name.
  FetchTask(std::shared_ptr<FetchBackend> backend, std::shared_ptr<Finder> finder,
            std::shared_ptr<FetchTurns> turns, std::string target, std::optional<FileName> as,
            FetchOptions options);

  /// Complete has been told when it ends with nothing; else what there is to tell.
  static asio::awaitable<std::optional<event::Failed>> run(std::shared_ptr<FetchTask> self);
  /// What the target stands for, and no more.
  static asio::awaitable<Result<Wanted>> find_out(std::shared_ptr<FetchTask> self);
  [[nodiscard]] State state() const { return state_; }

 private:
  using Next = asio::awaitable<Result<State>>;

  asio::awaitable<Result<void>> go_all_the_way();
  Next step();

  [[nodiscard]] Result<State> start();
  Next name_or_link();
  Next read_link();
  [[nodiscard]] State take(Link link);
  Next look_up();
  asio::awaitable<Result<discovery::Lookup>> look_up_in_any_spelling(Duration patience);
  Next wait_for_same();
  Next describe();
  asio::awaitable<Result<void>> wait_for_description(Search& search);
  asio::awaitable<bool> needs_peers();
  [[nodiscard]] Result<Wanted> described(const Search& search, Description found) const;
  asio::awaitable<Result<Description>> description(const Search& search);
  [[nodiscard]] Result<void> is_what_was_asked_for(const FileInfo& found) const;
  Next wait_for_name();
  Next place();
  Next adopt();
  Next make_empty();
  Next check();
  Next download();
  [[nodiscard]] std::optional<Error> look_at_download(StallDetector& stalls,
                                                      ProgressMeter& progress);
  [[nodiscard]] State finish();
  [[nodiscard]] event::Failed failed(Error reason) const;

  void notice(std::string message) { backend_->tell(event::Notice{std::move(message)}); }

  const std::shared_ptr<FetchBackend> backend_;
  const std::shared_ptr<Finder> finder_;
  const std::shared_ptr<FetchTurns> turns_;
  const std::optional<FileName> as_;
  FetchOptions options_;
  State state_ = State::start;

  // As events name it.
  std::string name_;                 // the target, or something better as soon as it is known
  std::string target_;               // empty if it is the name
  std::optional<KnownPeers> peers_;  // as they were when a download failed

  // What is found on the way.
  std::optional<FileName> asked_;    // by name
  std::optional<Error> no_torrent_;  // why what may be either is none
  std::optional<Link> link_;
  bool searched_ = false;  // for who has what the link stands for
  bool only_looks_ = false;
  std::optional<std::vector<FileIndex>> part_;  // of the folder, which we have offered until now
  InfoHash info_hash_{};
  std::optional<Wanted> wanted_;
  std::filesystem::path path_;
  Time since_{};  // there is something to be done here
  std::uint64_t fetched_ = 0;
  HeldBy held_by_{};
  std::unique_ptr<Download> download_;
  std::optional<OneAtATime<InfoHash>::Turn> file_turn_;
  std::optional<OneAtATime<FileName>::Turn> name_turn_;
};

}  // namespace shoal::session
