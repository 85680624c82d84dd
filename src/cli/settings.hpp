#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <shoal/error.hpp>

#include "cli/config_file.hpp"
#include "cli/manual.hpp"

namespace shoal::cli {

/// An option, what it was given, and where.
struct Setting {
  enum class Kind { flag, single, list };
  using Take = std::function<Result<void>(std::span<const std::string>)>;

  std::string option;  ///< with its dashes
  Kind kind = Kind::flag;
  Take take;
  std::vector<std::string> excluded = {};  ///< options that make no sense together with it
  std::vector<std::string> values = {};    ///< none for a flag
  std::string source = {};                 ///< empty: given nowhere
  std::string place = {};                  ///< before what is wrong with it
  bool holds = false;                      ///< given, and no flag that a file switches off
};

/// A program's options, from the command line and from files. Who comes first has the last word;
/// what comes later and contradicts it is left out.
class Settings {
 public:
  void add(std::string option, Setting::Kind kind, Setting::Take take);
  void exclude(const std::string& option, const std::string& other);

  void take_argument(Setting& setting, std::vector<std::string> values);
  /// Errors name the file and the line. A file that is not there is one only if it `must_exist`.
  [[nodiscard]] Result<void> take_file(const std::filesystem::path& file, bool must_exist);
  /// An option that a variable gives where nothing else does.
  void take_environment(const std::string& option, const std::string& variable,
                        std::vector<std::string> values);
  /// Hands all that holds to its readers.
  [[nodiscard]] Result<void> apply() const;

  [[nodiscard]] bool holds(const std::string& option) const;
  /// As a configuration file, with the source of each value in a comment, and what is given nowhere
  /// with what the manual calls its default.
  [[nodiscard]] std::string describe(const Manual& manual) const;

  [[nodiscard]] std::vector<Setting>::iterator begin() { return all_.begin(); }
  [[nodiscard]] std::vector<Setting>::iterator end() { return all_.end(); }

 private:
  [[nodiscard]] const Setting* find(std::string_view option) const;
  [[nodiscard]] bool is_excluded(const Setting& setting) const;
  [[nodiscard]] Result<void> take_line(const std::string& file, const ConfigLine& line,
                                       std::vector<Setting>& found) const;
  [[nodiscard]] Result<void> take_found(const std::string& file, std::vector<Setting> found);
  [[nodiscard]] std::string nearest(std::string_view key) const;

  std::vector<Setting> all_;
};

}  // namespace shoal::cli
