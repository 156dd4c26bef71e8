// Results of a classifier over a set of images, always from the predictions of the whole set, never from batches.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace graft {

struct Prediction {
  int sample = 0;  // index into its split
  int32_t label = 0;
  double loss = 0;
  std::vector<float> probs;  // [classes]
  int predicted() const;     // the first largest
};

struct Metrics {
  int64_t count = 0;
  double loss = 0, accuracy = 0, balanced_accuracy = 0;  // balanced: mean recall of the classes that occur
  std::vector<std::vector<int64_t>> confusion;           // [true][predicted]
};

Metrics measure(const std::vector<Prediction>& predictions, int classes);

// Confusion matrix with recall and precision of each class, for people.
std::string confusion_table(const Metrics& metrics, const std::vector<std::string>& classes);

}  // namespace graft
