// What a command computes on.
#pragma once
#include <string>
#include <vector>

namespace graft {

struct ComputeOptions {
  std::string device = "auto";
  int threads = 0;                   // 0: all cores
  std::vector<std::string> kernels;  // "conv2d=direct"
};

}  // namespace graft
