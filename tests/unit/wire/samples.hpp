#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "wire/messages.hpp"

/// One message of every kind beside its frame, written by hand from the BEPs.
namespace shoal::wire {

struct Sample {
  std::string name;
  Message message;
  Bytes frame;
};

inline constexpr std::size_t kSampleBitfieldBytes = 3;

[[nodiscard]] Bytes from_hex_digits(std::string_view spaced_hex);
[[nodiscard]] Bytes encoded(const Message& message);
/// Length prefix and id, then zeros up to the length.
[[nodiscard]] Bytes frame_of(std::uint8_t id, std::uint32_t length);
/// The views of the messages are valid for the whole run.
[[nodiscard]] const std::vector<Sample>& samples();

}  // namespace shoal::wire
