#pragma once

#include <cstdint>

#include "storage/file.hpp"

namespace shoal::storage {

/// Keeps other programs from opening a file, while it is held; for moments, since they wait
/// meanwhile (fcntl, F_SETLEASE). Whoever had it open before keeps us from getting it.
class WriteLease {
 public:
  explicit WriteLease(const File& file);
  ~WriteLease();
  WriteLease(const WriteLease&) = delete;
  WriteLease& operator=(const WriteLease&) = delete;

  enum class Answer : std::uint8_t {
    held,     ///< nobody else has it open, or can open it
    busy,     ///< somebody has, perhaps to read it only
    unknown,  ///< there are no leases on this file system, or none for us
  };
  [[nodiscard]] Answer answer() const { return answer_; }

 private:
  int descriptor_;
  Answer answer_;
};

}  // namespace shoal::storage
