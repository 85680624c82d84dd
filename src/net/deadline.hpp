#pragma once

#include <memory>

#include "base/clock.hpp"
#include "net/stream.hpp"
#include "net/timer.hpp"

namespace shoal::net {

/// Closes a stream unless it goes out of scope in time; whoever reads or writes then gets an error.
/// The stream must outlive it.
class Deadline {
 public:
  Deadline(Stream& stream, Duration duration)
      : watch_(std::make_shared<Watch>(Timer(stream.executor(), duration), &stream)) {
    watch_->timer.async_wait([watch = watch_](const std::error_code& cancelled) {
      if (!cancelled && watch->stream != nullptr) watch->stream->close();
    });
  }
  ~Deadline() {
    watch_->stream = nullptr;  // the timer may have fired already, its handler not run yet
    watch_->timer.cancel();
  }
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

 private:
  struct Watch {
    Timer timer;
    Stream* stream;
  };
  std::shared_ptr<Watch> watch_;
};

}  // namespace shoal::net
