#pragma once

#include <string>
#include <string_view>

namespace shoal::cli {

/// Whoever started the program as a service, as systemd does, and waits to hear how it is
/// (sd_notify(3)). Without one nothing is told. Telling never waits and never fails: the program
/// works as well when nobody listens. From any thread.
class ServiceManager {
 public:
  /// `socket` as NOTIFY_SOCKET has it: an absolute path, or @ and an abstract name. Anything else
  /// is nobody.
  explicit ServiceManager(std::string_view socket);
  /// That of this process's environment.
  [[nodiscard]] static ServiceManager of_environment();

  /// The program runs as a service: it has no terminal whose end could mean its own.
  [[nodiscard]] bool is_there() const { return !socket_.empty(); }

  /// It listens; what depends on it may be started.
  void ready() const { tell("READY=1"); }
  /// It is ending, of its own accord or because it was asked to.
  void stopping() const { tell("STOPPING=1"); }

 private:
  void tell(std::string_view state) const;

  std::string socket_;  // as sun_path has it: an abstract name begins with a zero byte
};

}  // namespace shoal::cli
