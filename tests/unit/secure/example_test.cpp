#include <algorithm>
#include <cctype>
#include <fstream>
#include <map>
#include <string>

#include <gtest/gtest.h>

#include "base/hex.hpp"
#include "secure/opener.hpp"
#include "secure/tls_context.hpp"
#include "unit/secure/keys_for_tests.hpp"

namespace shoal::secure::example_test {
namespace {

/// The bytes in docs/protocol.md: "label:", then lines of hexadecimal digits.
std::map<std::string, Bytes> examples() {
  std::map<std::string, std::string> digits;
  std::ifstream document(SHOAL_TEST_DATA "/../../docs/protocol.md");
  bool inside = false;
  std::string line, label;
  while (std::getline(document, line)) {
    if (line.starts_with("```")) {
      inside = line == "```sealed-example";
    } else if (inside && line.ends_with(':')) {
      label = line.substr(0, line.size() - 1);
    } else if (inside) {
      std::erase_if(line, [](unsigned char c) { return std::isspace(c) != 0; });
      digits[label] += line;
    }
  }
  std::map<std::string, Bytes> found;
  for (const auto& [name, hex] : digits) found[name] = from_hex(hex).value();
  return found;
}

Keys ring_with(BytesView secret) {
  Secret<Key::kSize> key;
  std::ranges::copy(secret, key.fill().begin());
  std::vector<Key> keys;
  keys.emplace_back(std::move(key));
  return std::make_shared<const KeyRing>(std::move(keys));
}

std::string opened(const Keys& keys, Direction direction, BytesView sealed, BytesView bound) {
  Opener opener(keys, direction, 1);
  const auto plain = opener.open(sealed, bound);
  return plain ? shoal::to_hex(plain->plain) : "(nothing)";
}

// They were made by another implementation, from the document alone.
TEST(SealedExample, in_the_protocol_document_opens) {
  auto bytes = examples();
  const Keys keys = ring_with(bytes.at("key"));
  const BytesView question = bytes.at("question");
  EXPECT_EQ(opened(keys, Direction::question, question, {}), "00000417271019800000000000000001");
  const BytesView asker = question.subspan(1 + KeyId::kSize, SessionId::kSize);
  EXPECT_EQ(opened(keys, Direction::answer, bytes.at("answer"), asker),
            "00000000000000011122334455667788");
  const Psk psk(keys->first(), Cipher::chacha20_poly1305);
  EXPECT_EQ(psk.identity, "shoal-1 4f48c2aa sha256");
  EXPECT_EQ(shoal::to_hex(psk.bytes()),
            "66ff0b663cf1f7a5b22395bf92809466e64f672e28ff2ff364ac9b8ec187be1e");
}

}  // namespace
}  // namespace shoal::secure::example_test
