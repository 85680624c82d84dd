#include "cli/leecher_session.hpp"
#include "cli/options.hpp"
#include "cli/process.hpp"
#include "cli/run_session.hpp"

using namespace shoal;

int main(int argc, char** argv) {
  cli::prepare_process();
  return cli::run_program("leecher", [&](cli::StopSignals& signals) {
    return cli::run_peer<cli::LeecherSession>(signals, "leecher", cli::arguments(argc, argv),
                                              &cli::parse_leecher);
  });
}
