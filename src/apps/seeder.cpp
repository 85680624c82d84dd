#include "cli/options.hpp"
#include "cli/process.hpp"
#include "cli/run_session.hpp"
#include "cli/seeder_session.hpp"

using namespace shoal;

int main(int argc, char** argv) {
  cli::prepare_process();
  return cli::run_program("seeder", [&] {
    auto command = cli::parse_seeder(cli::arguments(argc, argv));
    if (!command) return cli::leave(command.error());
    auto trackers = command->peer.trackers;
    return cli::run_session<cli::SeederSession>(std::move(*command), std::move(trackers));
  });
}
