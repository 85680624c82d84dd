#include "support/same_content.hpp"

#include <algorithm>
#include <fstream>

#include "base/bytes.hpp"

namespace shoal::test {
namespace {

std::size_t fill(Bytes& part, std::ifstream& in) {
  in.read(reinterpret_cast<char*>(part.data()), static_cast<std::streamsize>(part.size()));
  return static_cast<std::size_t>(in.gcount());
}

}  // namespace

testing::AssertionResult same_content(const std::filesystem::path& a,
                                      const std::filesystem::path& b) {
  const auto differs = [&] { return testing::AssertionFailure() << b.string() << ": "; };
  std::error_code error;
  const auto size = std::filesystem::file_size(a, error);
  if (error) return differs() << "no " << a.string() << ": " << error.message();
  const auto other_size = std::filesystem::file_size(b, error);
  if (error) return differs() << error.message();
  if (other_size != size) return differs() << other_size << " bytes instead of " << size;
  std::ifstream in_a(a, std::ios::binary);
  std::ifstream in_b(b, std::ios::binary);
  constexpr std::size_t kPart = 1 << 20;
  Bytes from_a(kPart);
  Bytes from_b(kPart);
  for (std::uint64_t done = 0; done < size;) {
    const std::size_t count = fill(from_a, in_a);
    if (count == 0 || fill(from_b, in_b) != count) return differs() << "ends at " << done;
    const auto expected = BytesView(from_a).first(count);
    const auto at = std::ranges::mismatch(expected, from_b).in1 - expected.begin();
    if (static_cast<std::size_t>(at) < count) {
      return differs() << "another byte at " << done + static_cast<std::uint64_t>(at) << ": "
                       << static_cast<int>(from_b[static_cast<std::size_t>(at)]);
    }
    done += count;
  }
  return testing::AssertionSuccess();
}

}  // namespace shoal::test
