#include "cli/pages.hpp"

#include <utility>

#include "web/pages.hpp"

namespace shoal::cli {
namespace {

bool is_taken(std::string_view path) {
  return path == "/" || path == "/status.json" || path == "/metrics";
}

web::ServerOptions server_options(const WebOptions& options) {
  web::ServerOptions out;
  out.listen = *options.listen;
  out.access = web::Access(options.token, web::own_names());
  return out;
}

web::Handler handler_of(Runtime& runtime, const std::weak_ptr<Pages::Take>& take) {
  return [&runtime, take](const web::Request& request, web::Answer answer) {
    if (auto file = web::asset(request.path))
      return answer([file = *std::move(file)] { return file; });
    const bool health = request.path == "/healthz";
    if (!health && !is_taken(request.path))
      return answer([] { return web::error(404, "There is no such page."); });
    // The program is well while its loop is.
    runtime.post([take, request, answer = std::move(answer), health] {
      if (health)
        return answer([] { return web::Response{200, "text/plain; charset=utf-8", "ok\n"}; });
      const auto alive = take.lock();
      if (!alive) return;
      answer([show = (*alive)(request.path), request] { return show(request); });
    });
  };
}

}  // namespace

Pages::Pages(Runtime& runtime, const WebOptions& options, Take take)
    : wants_token_(options.token.has_value()),
      take_(std::make_shared<Take>(std::move(take))),
      server_(server_options(options), handler_of(runtime, take_)) {}

void Pages::tell(Reporter& reporter) const {
  reporter.web_page(web_link(server_.address()), wants_token_);
}

std::string web_link(const Endpoint& listens) {
  Endpoint there = listens;
  if (there.address.is_unspecified())
    there.address = *IpAddress::parse(there.address.is_v4() ? "127.0.0.1" : "::1");
  return "http://" + there.to_string() + "/";
}

}  // namespace shoal::cli
