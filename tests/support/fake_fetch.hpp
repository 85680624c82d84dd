#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <asio/use_awaitable.hpp>

#include "metainfo/info_dict.hpp"
#include "net/spawn.hpp"
#include "session/fetch_task.hpp"

/// What a FetchTask works with, played by a test, on virtual time: a pause is over at once, and the
/// time is later then.
namespace shoal::test {

/// The time, and what happens at which.
struct FetchTime {
  Clock::Look look{.now = Time{std::chrono::hours(1)}};
  RealTime real{std::chrono::hours(100)};
  std::multimap<Time, std::function<void()>> plans;

  void after(Duration later, std::function<void()> happens) {
    plans.emplace(look.now + later, std::move(happens));
  }
  void passes(Duration duration) {
    const Time end = look.now + duration;
    while (!plans.empty() && plans.begin()->first <= end) {
      const auto next = plans.extract(plans.begin());
      real += next.key() - look.now;
      look.now = next.key();
      next.mapped()();
    }
    real += end - look.now;
    look.now = end;
  }
};

class FakeSearch final : public session::Search {
 public:
  explicit FakeSearch(FetchTime& time) : time_(time) {}

  [[nodiscard]] const std::optional<Bytes>& dictionary() const override { return description; }
  [[nodiscard]] std::vector<Endpoint> peers() const override { return known; }
  [[nodiscard]] bool exhausted() const override { return failed.has_value(); }
  [[nodiscard]] Error failure() const override { return *failed; }
  asio::awaitable<void> wait() override {
    time_.passes(std::chrono::milliseconds(100));
    co_return;
  }
  void stop() override { stopped = true; }

  std::optional<Bytes> description;
  std::vector<Endpoint> known;
  std::optional<Error> failed;
  bool stopped = false;

 private:
  FetchTime& time_;
};

class FakeFinder final : public session::Finder {
  FetchTime& time_;

 public:
  explicit FakeFinder(FetchTime& time) : time_(time) {}

  asio::awaitable<Result<discovery::Lookup>> look_up(FileName name, std::optional<Digest> root,
                                                     Duration patience) override {
    asked.emplace_back(name.text(), patience);
    time_.passes(takes);
    const auto found = known.find(name.text());
    if (found == known.end()) co_return std::unexpected(unknown);
    if (root && *root != found->second.file.root) co_return fail(Errc::conflict, "another root");
    co_return found->second;
  }
  [[nodiscard]] std::optional<std::string> warning_of(const discovery::Lookup&) override {
    return warning;
  }
  [[nodiscard]] std::shared_ptr<session::Search> search(const Link&) override {
    followed = true;
    return searching;
  }
  void unfollow(const InfoHash&) override { followed = false; }

  std::map<std::string, discovery::Lookup> known;
  Error unknown{Errc::not_found, "nobody offers it"};
  Duration takes{};
  std::vector<std::pair<std::string, Duration>> asked;
  std::optional<std::string> warning;
  bool followed = false;
  std::shared_ptr<FakeSearch> searching = std::make_shared<FakeSearch>(time_);
};

/// One whose end and standing the test decides.
struct FakeDownload {
  session::DownloadSample sample{};
  std::optional<Result<void>> ended{};
  std::size_t asks_for_peers = 0;
  bool given_up = false;
};

class FakeFetchBackend final : public session::FetchBackend {
 public:
  FakeFetchBackend(FetchTime& time, asio::io_context& loop) : time_(time), loop_(loop) {}

  void tell(const Event& event) override { told.push_back(event); }
  [[nodiscard]] bool stopped() const override { return is_stopped; }
  [[nodiscard]] Clock::Look clock() const override { return time_.look; }
  [[nodiscard]] RealTime real_time() const override { return time_.real; }
  asio::awaitable<void> pause(Duration duration) override {
    time_.passes(duration);
    co_return;
  }
  [[nodiscard]] std::optional<Here> held(const InfoHash& file) const override {
    const auto found = offered.find(file);
    if (found == offered.end()) return std::nullopt;
    return found->second;
  }
  [[nodiscard]] bool shares_part(const InfoHash&) const override { return part.has_value(); }
  [[nodiscard]] std::optional<Part> take_part(const InfoHash&) override {
    return std::exchange(part, std::nullopt);
  }
  asio::awaitable<Result<Link>> read_link(std::string text) override {
    const auto found = links.find(text);
    if (found == links.end()) co_return fail(Errc::bad_input, text + " is no link");
    co_return found->second;
  }
  asio::awaitable<Result<Description>> describe(const Bytes& dictionary, bool is_folder) override {
    ++described;
    co_return is_folder ? parse_folder(dictionary) : parse_description(dictionary);
  }
  asio::awaitable<bool> holds(std::filesystem::path, FileInfo file) override {
    co_return on_disk_as&&* on_disk_as == file;
  }
  [[nodiscard]] bool exists(const std::filesystem::path& path) const override {
    return on_disk.contains(path);
  }
  asio::awaitable<bool> has_all(std::filesystem::path, std::shared_ptr<const FileTree>,
                                std::vector<FileIndex>) override {
    co_return folder_is_here;
  }
  asio::awaitable<bool> is_taken(std::filesystem::path path) override {
    co_return on_disk.contains(path);
  }
  asio::awaitable<Result<void>> make_empty(std::filesystem::path path) override {
    on_disk.insert(path);
    co_return Result<void>{};
  }
  asio::awaitable<Result<void>> adopt(const session::Wanted&, std::filesystem::path path) override {
    ++adopted;
    if (other_content) co_return fail(Errc::conflict, path.string() + " is another file");
    co_return Result<void>{};
  }
  asio::awaitable<Result<std::unique_ptr<session::Download>>> begin(const session::Wanted& wanted,
                                                                    const FetchOptions&) override {
    begun.push_back(wanted);
    if (no_part) co_return std::unexpected(*no_part);
    co_return std::make_unique<Played>(*this);
  }
  void completed(const session::Wanted& wanted, const std::filesystem::path& path) override {
    offered.insert_or_assign(wanted.info_hash, Here{wanted.file, path});
    on_disk.insert(path);
  }

  /// Of one kind, in their order.
  template <class Kind>
  [[nodiscard]] std::vector<Kind> told_of() const {
    std::vector<Kind> some;
    for (const Event& event : told)
      if (const auto* one = std::get_if<Kind>(&event)) some.push_back(*one);
    return some;
  }

  std::vector<Event> told;
  bool is_stopped = false;
  std::map<InfoHash, Here> offered;
  std::map<std::string, Link> links;
  std::optional<FileInfo> on_disk_as;
  std::set<std::filesystem::path> on_disk;
  bool folder_is_here = false;
  std::optional<Part> part;  ///< of the folder that is asked for, offered so far
  bool other_content = false;
  std::size_t adopted = 0;
  std::size_t described = 0;  ///< dictionaries, off the loop
  std::vector<session::Wanted> begun;
  std::optional<Error> no_part;
  FakeDownload download;

 private:
  class Played final : public session::Download {
   public:
    explicit Played(FakeFetchBackend& of) : of_(of) {}
    /// Others have their turn meanwhile.
    asio::awaitable<void> wait(Duration most) override {
      co_await asio::post(of_.loop_, asio::use_awaitable);
      of_.time_.passes(most);
    }
    [[nodiscard]] std::optional<Result<void>> ended() const override { return of_.download.ended; }
    [[nodiscard]] session::DownloadSample sample() const override { return of_.download.sample; }
    void look_for_peers() override { ++of_.download.asks_for_peers; }
    void give_up() override { of_.download.given_up = true; }

   private:
    FakeFetchBackend& of_;
  };

  FetchTime& time_;
  asio::io_context& loop_;
};

}  // namespace shoal::test
