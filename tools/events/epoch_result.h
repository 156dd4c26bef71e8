// The result of a training epoch.
#pragma once
#include <cstdint>
#include <optional>

namespace graft {

struct Score {
  double loss = 0, accuracy = 0;
};

struct EpochResult {
  int epoch = 0;  // from 1
  int64_t steps = 0;
  Score train;               // mean over the epoch, each batch before its update
  std::optional<Score> val;  // with the weights at the end of the epoch
};

}  // namespace graft
