#pragma once

#include <chrono>

namespace shoal {

/// Protocol logic never reads it: the shell does, and passes the time in.
using Clock = std::chrono::steady_clock;
using Time = Clock::time_point;
using Duration = Clock::duration;

}  // namespace shoal
