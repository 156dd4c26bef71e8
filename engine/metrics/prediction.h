// A classifier's prediction for one image.
#pragma once
#include <algorithm>
#include <cstdint>
#include <vector>

namespace graft {

struct Prediction {
  int sample = 0;  // index into its split
  int32_t label = 0;
  double loss = 0;           // -log of the label's probability
  std::vector<float> probs;  // [classes]
  // [classes]; probs is their softmax and loses their differences once one of them is 0. Empty where only probs
  // were kept (a file, a probe).
  std::vector<float> logits = {};

  int predicted() const {  // the first, if several are largest
    return static_cast<int>(std::max_element(probs.begin(), probs.end()) - probs.begin());
  }
};

}  // namespace graft
