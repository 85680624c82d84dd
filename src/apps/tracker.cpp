#include "cli/keys.hpp"
#include "cli/options.hpp"
#include "cli/process.hpp"
#include "cli/run_session.hpp"
#include "cli/tracker_session.hpp"

using namespace shoal;

int main(int argc, char** argv) {
  cli::prepare_process();
  return cli::run_program("tracker", [&](cli::StopSignals& signals) {
    auto command =
        cli::parse_tracker(cli::arguments(argc, argv), cli::standard_config_files("tracker"));
    if (!command) return cli::leave(command.error());
    if (command->new_key) return cli::make_key(*command->new_key);
    if (const auto refused = cli::take_keys("tracker", command->key_files, command->options.keys)) {
      return cli::leave(*refused);
    }
    if (const auto refused = cli::take_web("tracker", command->options.keys, command->web)) {
      return cli::leave(*refused);
    }
    return cli::run_session<cli::TrackerSession>(signals, std::move(*command), {});
  });
}
