#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>

#include <shoal/endpoint.hpp>

#include "web/access.hpp"
#include "web/http.hpp"

namespace shoal::web {

/// Makes a response: is called on the server's thread, so it may take its time.
using Render = std::function<Response()>;
/// What becomes of a request: to be called once, from any thread; later calls, and those after the
/// server has ended, do nothing.
using Answer = std::function<void(Render)>;
/// Is called on the server's thread.
using Handler = std::function<void(const Request&, Answer)>;

struct ServerOptions {
  Endpoint listen = *Endpoint::parse("127.0.0.1:0");
  Access access{std::nullopt};
  std::size_t most_connections = 32;
  std::chrono::milliseconds to_ask = std::chrono::seconds(5);      ///< until all of it is here
  std::chrono::milliseconds to_answer = std::chrono::seconds(5);   ///< the program, by Answer
  std::chrono::milliseconds to_listen = std::chrono::seconds(30);  ///< until all of it is sent
};

/// Answers requests for pages, on a thread of its own. One request a connection; whoever asks
/// slowly makes way where there are many.
class Server {
 public:
  /// Listens at once. Throws std::system_error, with the address in its text, when it cannot.
  Server(const ServerOptions& options, Handler handler);
  /// Closes all connections.
  ~Server();
  Server(Server&&) = delete;

  /// With the real port.
  [[nodiscard]] Endpoint address() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace shoal::web
