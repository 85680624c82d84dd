// Names that a test makes up: a library to be preloaded (LD_PRELOAD) into one of the programs. It
// stands before getaddrinfo(). TEST_NAME=NAME=ADDRESS,ADDRESS... says what NAME stands for; all
// other names are the system's.
#include <algorithm>
#include <cstdlib>
#include <dlfcn.h>
#include <netdb.h>
#include <string>
#include <string_view>

extern "C" int getaddrinfo(const char* node, const char* service, const addrinfo* hints,
                           addrinfo** found) {
  static auto* const real =
      reinterpret_cast<decltype(&::getaddrinfo)>(::dlsym(RTLD_NEXT, "getaddrinfo"));
  const char* const given = std::getenv("TEST_NAME");
  const std::string_view entry = given == nullptr ? "" : given;
  const auto equals = entry.find('=');
  if (node == nullptr || equals == std::string_view::npos || entry.substr(0, equals) != node) {
    return real(node, service, hints, found);
  }
  *found = nullptr;
  addrinfo** end = found;
  std::string_view rest = entry.substr(equals + 1);
  while (!rest.empty()) {
    const auto comma = std::min(rest.find(','), rest.size());
    // An address of another family than is asked for is no name's either.
    if (real(std::string(rest.substr(0, comma)).c_str(), service, hints, end) == 0) {
      while (*end != nullptr) end = &(*end)->ai_next;
    } else {
      *end = nullptr;
    }
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  return *found == nullptr ? EAI_NONAME : 0;
}
