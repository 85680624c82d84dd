#include "cli/options.hpp"
#include "cli/process.hpp"
#include "cli/run_session.hpp"
#include "cli/seeder_session.hpp"

using namespace shoal;

int main(int argc, char** argv) {
  cli::prepare_process();
  return cli::run_program("seeder", [&](cli::StopSignals& signals) {
    return cli::run_peer<cli::SeederSession>(signals, "seeder", cli::arguments(argc, argv),
                                             &cli::parse_seeder);
  });
}
