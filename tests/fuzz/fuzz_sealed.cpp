#include <algorithm>

#include "check.hpp"
#include "secure/key_ring.hpp"
#include "secure/sealed_talk.hpp"

using namespace shoal;

namespace {

Keys some_keys() {
  std::vector<secure::Key> keys;
  keys.emplace_back(secure::Secret<secure::Key::kSize>());
  return std::make_shared<const KeyRing>(std::move(keys));
}

}  // namespace

// What nobody has sealed opens at neither end, whatever it says outside; and neither end is changed
// by it: what was sealed properly still opens.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Keys keys = some_keys();
  secure::SealedTracker tracker(keys, 4);
  secure::SealedClient client(keys);
  const BytesView input = fuzz::view(data, size);
  fuzz::check(!tracker.open(input));
  fuzz::check(!client.open(input));

  // The same inside an outside that is right: the head of a real datagram, the rest the fuzzer's.
  Bytes real;
  client.seal(as_bytes("question"), real);
  Bytes mixed(real.begin(), real.begin() + secure::kSealedHead);
  mixed.insert(mixed.end(), input.begin(), input.end());
  fuzz::check(!tracker.open(mixed));

  const auto opened = tracker.open(real);
  fuzz::check(opened && std::ranges::equal(opened->plain, as_bytes("question")));
  Bytes answer;
  tracker.seal(opened->sender, input.first(std::min<std::size_t>(size, 1200)), answer);
  const auto heard = client.open(answer);
  fuzz::check(heard && std::ranges::equal(*heard, input.first(std::min<std::size_t>(size, 1200))));
  return 0;
}
