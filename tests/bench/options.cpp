#include "bench/options.hpp"

#include <exception>
#include <iostream>

#include "base/units.hpp"

namespace shoal::bench {

void add_size(CLI::App& app, const std::string& name, std::uint64_t& into,
              const std::string& description) {
  const auto read = [&into, name](const std::string& text) {
    const Result<std::uint64_t> size = parse_size(text);
    if (!size) throw CLI::ValidationError(name, size.error().message);
    into = *size;
  };
  app.add_option_function<std::string>(name, read, description + " [" + format_size(into) + "]");
}

int run(CLI::App& app, int argc, char** argv, const std::function<void()>& work) {
  try {
    app.parse(argc, argv);
    work();
    return 0;
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  } catch (const std::exception& error) {
    std::cerr << app.get_name() << ": " << error.what() << std::endl;
    return 1;
  }
}

}  // namespace shoal::bench
