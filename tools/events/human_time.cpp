#include "tools/events/human_time.h"

#include <fmt/core.h>

#include <cstdint>

namespace graft {

std::string human_time(double seconds) {
  const auto s = static_cast<int64_t>(seconds + 0.5);
  if (seconds < 9.95) return fmt::format("{:.1f} s", seconds);
  if (s < 60) return fmt::format("{} s", s);
  if (s < 3600) return fmt::format("{} min {} s", s / 60, s % 60);
  return fmt::format("{} h {} min", s / 3600, s % 3600 / 60);
}

}  // namespace graft
