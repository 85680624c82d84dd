#pragma once

#include <optional>
#include <string>

#include "support/descriptor.hpp"

namespace shoal::test {

/// A machine of its own, as far as the network goes: no interface but its loopback, which is up. It
/// has no name, and is gone with the test, whatever becomes of that.
///
///   if (const auto why = NetworkNamespace::missing()) GTEST_SKIP() << *why;
///   const NetworkNamespace here, there;
///   here.connect("eth0", there, "eth0");
///   here.ip("addr add 192.0.2.1/24 dev eth0");
///   const auto inside = here.enter();  // what is started and opened from now on is there
class NetworkNamespace {
 public:
  /// For as long as it lives, this thread is in the namespace, and so are the sockets and programs
  /// that it makes. What others look up meanwhile on other threads is not.
  class Inside {
   public:
    explicit Inside(int there);
    ~Inside();
    Inside(const Inside&) = delete;
    Inside& operator=(const Inside&) = delete;

   private:
    Descriptor before_;
  };

  /// Why there can be none here; nothing where there can.
  [[nodiscard]] static std::optional<std::string> missing();

  NetworkNamespace();

  [[nodiscard]] Inside enter() const { return Inside(namespace_.get()); }
  /// Runs `ip ARGUMENTS` in there, of iproute2. Throws when it fails.
  void ip(const std::string& arguments) const;
  /// A cable from our `device` to the other's; both are up, and have no address, not even a
  /// link-local one.
  void connect(const std::string& device, const NetworkNamespace& other,
               const std::string& other_device) const;

 private:
  Descriptor namespace_;
};

}  // namespace shoal::test
