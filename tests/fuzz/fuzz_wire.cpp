#include <algorithm>

#include "check.hpp"
#include "wire/handshake.hpp"
#include "wire/messages.hpp"

using namespace shoal;

namespace {

// A handshake says the same after another round; only reserved bits we do not know get lost.
void handshake(BytesView input) {
  const auto decoded =
      wire::decode_handshake(input.first(std::min(input.size(), wire::kHandshakeLength)));
  if (decoded) fuzz::check(wire::decode_handshake(wire::encode(*decoded)) == decoded);
}

}  // namespace

// A stream of messages: a decoded one encodes to the bytes it came from; a call that wants more
// says for how many, and no prefix of a good frame is an error.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  BytesView rest = fuzz::view(data, size);
  handshake(rest);
  if (rest.empty()) return 0;
  const auto bitfield_bytes = std::to_integer<std::size_t>(rest.front());
  rest = rest.subspan(1);
  while (true) {
    const auto result = wire::decode(rest, bitfield_bytes);
    if (!result) return 0;
    if (const auto* more = std::get_if<wire::NeedMore>(&*result)) {
      fuzz::check(more->total > rest.size());
      return 0;
    }
    const auto& [message, used] = std::get<wire::Decoded>(*result);
    fuzz::check(used >= wire::kLengthPrefix && used <= rest.size());
    const BytesView frame = rest.first(used);
    const auto cut = wire::decode(frame.first(used - 1), bitfield_bytes);
    fuzz::check(cut && std::holds_alternative<wire::NeedMore>(*cut));
    if (!std::holds_alternative<wire::Unknown>(message)) {
      Bytes again;
      wire::encode(message, again);
      fuzz::check(std::ranges::equal(again, frame));
    }
    rest = rest.subspan(used);
  }
}
