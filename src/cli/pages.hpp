#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <shoal/runtime.hpp>

#include "cli/reporter.hpp"
#include "cli/web.hpp"
#include "web/server.hpp"

namespace shoal::cli {

/// The pages of a program: what they show is taken on the Runtime's thread, as values, and made
/// into text on the server's.
class Pages {
 public:
  /// Makes a response of the values that it holds. On the server's thread.
  using Show = std::function<web::Response(const web::Request&)>;
  /// Takes the values that the page at that path shows. On the Runtime's thread.
  using Take = std::function<Show(std::string_view path)>;

  /// Listens at once; throws std::system_error. The runtime outlives this, and `take` is not called
  /// after its end.
  Pages(Runtime& runtime, const WebOptions& options, Take take);

  /// Tells where they are.
  void tell(Reporter& reporter) const;

 private:
  bool wants_token_;
  std::shared_ptr<Take> take_;
  web::Server server_;
};

/// "http://127.0.0.1:4711/", as a browser on this machine reaches it.
[[nodiscard]] std::string web_link(const Endpoint& listens);

}  // namespace shoal::cli
