#include "cli/requests.hpp"

#include <fstream>

#include <gmock/gmock.h>

#include "support/temp_dir.hpp"

namespace shoal::cli::requests_test {
namespace {

using ::testing::ElementsAre;

TEST(Requests, of_one_name_are_one_whatever_parts_are_asked_for) {
  const std::vector<std::string> typed{"photos/2023", "big.iso", "photos/2024/*.jpg",
                                       "photos/2023"};
  EXPECT_THAT(requests_of(typed),
              ElementsAre(Request{"photos", {"2023", "2024/*.jpg"}}, Request{"big.iso", {}}));
}

TEST(Requests, are_for_all_of_a_folder_where_its_name_stands_alone) {
  const std::vector<std::string> typed{"photos/2023", "photos"};
  EXPECT_THAT(requests_of(typed), ElementsAre(Request{"photos", {}}));
  const std::vector<std::string> slash{"photos/"};
  EXPECT_THAT(requests_of(slash), ElementsAre(Request{"photos", {}}));
}

TEST(Requests, leave_links_and_paths_of_torrents_as_they_are) {
  const std::vector<std::string> typed{"magnet:?xt=urn:btmh:1220aa&dn=a/b", "./a.torrent",
                                       "/tmp/a.torrent"};
  EXPECT_THAT(requests_of(typed),
              ElementsAre(Request{typed[0], {}}, Request{typed[1], {}}, Request{typed[2], {}}));
}

TEST(Requests, of_parts_of_a_torrent_file_are_one_for_that_file) {
  const test::TempDir home;
  const std::string torrent = (home.path() / "a.torrent").string();
  std::ofstream(torrent) << "here";
  const std::vector<std::string> typed{torrent + "/2024", torrent + "//2023/a.torrent"};
  EXPECT_THAT(requests_of(typed), ElementsAre(Request{torrent, {"2024", "2023/a.torrent"}}));
  const std::vector<std::string> all{torrent + "/2024", torrent + "/"};
  EXPECT_THAT(requests_of(all), ElementsAre(Request{torrent, {}}));
}

}  // namespace
}  // namespace shoal::cli::requests_test
