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

std::vector<std::string> reasons_alone(const KnownPeers& peers) {
  if (peers.known == 0) return {"nobody offers it yet"};
  std::vector<std::string> reasons;
  for (const Reason& reason : kReasons) {
    const std::size_t count = peers.*reason.count;
    if (count == 0) continue;
    reasons.push_back(std::to_string(count) + (count == 1 ? reason.of_one : reason.of_several));
  }
  return reasons;
}

std::string why_alone(const KnownPeers& peers) {
  std::string words;
  for (const std::string& reason : reasons_alone(peers))
    words += (words.empty() ? "" : ", ") + reason;
  return words;
}

std::string why_no_others(const KnownPeers& peers) {
  const std::string why = peers.known == 0 ? "" : why_alone(peers);
  return why.empty() ? "" : "; of others that are known, " + why;
}

KnownPeers sum_of(const KnownPeers& one, const KnownPeers& other) {
  KnownPeers sum = one;
  sum.known += other.known;
  for (const Reason& reason : kReasons) sum.*reason.count += other.*reason.count;
  return sum;
}

}  // namespace shoal
