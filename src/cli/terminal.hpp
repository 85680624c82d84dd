#pragma once

#include <cstddef>

namespace shoal::cli {

[[nodiscard]] bool is_terminal(int descriptor);
/// True for a terminal that at this moment belongs to another job of the shell.
[[nodiscard]] bool in_background(int descriptor);
/// A person can be asked on this descriptor now.
[[nodiscard]] bool is_interactive(int descriptor);
/// Columns of the terminal; 80 where it does not say.
[[nodiscard]] std::size_t terminal_width(int descriptor);
/// A line can be drawn again there, and NO_COLOR is not set (https://no-color.org).
[[nodiscard]] bool wants_colour(int descriptor);
/// A line can be erased and drawn again there now: a terminal that knows how (TERM is set, and not
/// "dumb"), and that no other job has.
[[nodiscard]] bool can_redraw(int descriptor);

}  // namespace shoal::cli
