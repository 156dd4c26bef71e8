// What a classifier said about one image.
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

  int predicted() const {  // the first largest
    return static_cast<int>(std::max_element(probs.begin(), probs.end()) - probs.begin());
  }
};

}  // namespace graft
