// A program of somebody else's that embeds Shoal: a tracker, and a leecher that asks it for its
// catalogue.
#include <cstdlib>
#include <exception>
#include <iostream>

#include <shoal/leecher.hpp>
#include <shoal/seeder.hpp>
#include <shoal/tracker.hpp>

int main() {
  try {
    const shoal::Endpoint any_port = *shoal::Endpoint::parse("127.0.0.1:0");
    shoal::Runtime runtime(1);
    const shoal::Tracker tracker(runtime, {.listen = {any_port}});

    shoal::PeerOptions options{.trackers = {tracker.addresses().at(0).to_string()},
                               .listen = any_port};
    shoal::Leecher leecher(runtime, options, [](const shoal::Event&) {});
    bool answered = false;
    leecher.list("", [&](const shoal::Result<std::vector<shoal::CatalogueEntry>>& names) {
      answered = names.has_value();
      std::cout << (names ? "the tracker answers" : names.error().message) << '\n';
      leecher.close([&] { runtime.stop(); });
    });
    runtime.run();
    return answered ? EXIT_SUCCESS : EXIT_FAILURE;
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return EXIT_FAILURE;
  }
}
