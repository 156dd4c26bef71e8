// A human-readable duration.
#pragma once
#include <string>

namespace graft {

std::string human_time(double seconds);  // "8 s", "3 min 20 s", "2 h 5 min"

}  // namespace graft
