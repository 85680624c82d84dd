#pragma once

#include <memory>

#include <asio/any_io_executor.hpp>

#include <shoal/keys.hpp>

#include "net/turns.hpp"
#include "secure/tls_context.hpp"

namespace shoal::net {

/// What the TLS streams of one event loop share: keys and rules, and whose turn it is to shake
/// hands, which costs as much as many other things.
struct TlsContext {
  TlsContext(const asio::any_io_executor& executor, const Keys& keys)
      : rules(std::make_shared<const secure::TlsContext>(keys)), handshakes(executor) {}

  std::shared_ptr<const secure::TlsContext> rules;
  Turns handshakes;
};

}  // namespace shoal::net
