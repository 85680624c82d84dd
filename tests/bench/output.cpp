#include "bench/output.hpp"

#include <array>
#include <cmath>
#include <cstdio>
#include <iostream>

namespace shoal::bench {

void print_row(std::string_view figure, std::string_view value, std::string_view ratio) {
  std::cout << figure << " | " << value << " | " << (ratio.empty() ? "-" : ratio) << std::endl;
}

void note(std::string_view line) {
  std::cerr << line << std::endl;
}

std::string fixed(double value, int decimals) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.*f", decimals, value);
  return text.data();
}

std::string thousands(double value) {
  std::string text = std::to_string(std::llround(value / 1e3)) + "000";
  for (std::size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, ",");
  return text;
}

std::string gigabytes_per_second(double bytes_per_second) {
  return fixed(bytes_per_second / 1e9, 2) + " GB/s";
}

std::string seconds_per_gib(double per_gib) {
  return fixed(per_gib, 2) + " s/GiB";
}

std::string mebibytes(std::uint64_t bytes) {
  return fixed(static_cast<double>(bytes) / (1 << 20), 0) + " MiB";
}

std::string milliseconds(double seconds) {
  return fixed(seconds * 1e3, 1) + " ms";
}

}  // namespace shoal::bench
