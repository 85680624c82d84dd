#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <shoal/error.hpp>

#include "web/http.hpp"

/// Who may read the pages.
namespace shoal::web {

/// The secret in a file of --web-token: its first line, 16 to 256 characters without blanks.
[[nodiscard]] Result<std::string> read_token(const std::filesystem::path& file);

/// Whether two secrets are the same; the time taken does not tell where they differ.
[[nodiscard]] bool same_secret(std::string_view one, std::string_view other);

class Access {
 public:
  /// `names`: what this machine is called besides "localhost" and numeric addresses.
  explicit Access(std::optional<std::string> token, std::vector<std::string> names = {});

  /// Nothing: it may. Without a token the Host header has to be an address, or a name that is
  /// known to be this machine: a stranger's web page whose name was made to lead here (DNS
  /// rebinding) says its own. A token comes as password, of any user, or as a bearer's.
  [[nodiscard]] std::optional<Response> refusal(const Request& request) const;

 private:
  [[nodiscard]] bool is_ours(const std::string& host) const;

  std::optional<std::string> token_;
  std::vector<std::string> names_;
};

/// What this machine is called: its host name, also without its domain, and with ".local".
[[nodiscard]] std::vector<std::string> own_names();

}  // namespace shoal::web
