#include "session/peer_words.hpp"

#include <array>

namespace shoal {
namespace {

struct Reason {
  std::size_t KnownPeers::*count;
  const char* of_one;
  const char* of_several;
};

constexpr std::array kReasons = {
    Reason{&KnownPeers::refused, " refuses the connection", " refuse the connection"},
    Reason{&KnownPeers::unreachable, " cannot be reached", " cannot be reached"},
    Reason{&KnownPeers::silent, " does not answer", " do not answer"},
    Reason{&KnownPeers::no_handshake, " answers, but not as a peer that has the file",
           " answer, but not as peers that have the file"},
    Reason{&KnownPeers::left, " has left", " have left"},
    Reason{&KnownPeers::wrong_data, " sent wrong data", " sent wrong data"},
    Reason{&KnownPeers::shut_out, " did not keep to the protocol", " did not keep to the protocol"},
};

}  // namespace

std::string why_alone(const KnownPeers& peers) {
  if (peers.known == 0) return "nobody offers it yet";
  std::string words;
  for (const Reason& reason : kReasons) {
    const std::size_t count = peers.*reason.count;
    if (count == 0) continue;
    if (!words.empty()) words += ", ";
    words += std::to_string(count) + (count == 1 ? reason.of_one : reason.of_several);
  }
  return words;
}

}  // namespace shoal
