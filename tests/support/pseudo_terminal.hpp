#pragma once

#include "support/descriptor.hpp"

namespace shoal::test {

/// A terminal for a program (see Program's constructor); the test sits in front of it.
class PseudoTerminal {
 public:
  explicit PseudoTerminal(unsigned short columns = 80);

  /// As a person who drags the window's corner.
  void resize(unsigned short columns) const;

  /// What is written here is typed, and what is read is shown.
  [[nodiscard]] int persons_side() const { return persons_side_.get(); }
  /// Blocking descriptor for the program.
  [[nodiscard]] Descriptor open_programs_side() const;

 private:
  Descriptor persons_side_;
};

}  // namespace shoal::test
