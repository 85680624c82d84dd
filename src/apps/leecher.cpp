#include "cli/leecher_session.hpp"
#include "cli/options.hpp"
#include "cli/process.hpp"
#include "cli/run_session.hpp"

using namespace shoal;

int main(int argc, char** argv) {
  cli::prepare_process();
  return cli::run_program("leecher", [&] {
    auto command = cli::parse_leecher(cli::arguments(argc, argv));
    if (!command) return cli::leave(command.error());
    auto trackers = command->peer.trackers;
    return cli::run_session<cli::LeecherSession>(std::move(*command), std::move(trackers));
  });
}
