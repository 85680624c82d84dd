#pragma once

#include <cstdlib>
#include <span>

#include "base/bytes.hpp"

/// What all fuzz targets share.
namespace shoal::fuzz {

inline BytesView view(const std::uint8_t* data, std::size_t size) {
  return std::as_bytes(std::span(data, size));
}

/// Stops the run where something that must always hold does not; libFuzzer keeps the input.
inline void check(bool holds) {
  if (!holds) std::abort();
}

}  // namespace shoal::fuzz
