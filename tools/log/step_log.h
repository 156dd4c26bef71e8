// What each training step measured, and on which images: steps.csv and order.csv of a run with --log-steps. Another
// program that takes the images in this order repeats the run; tests/parity lets Keras do so.
#pragma once
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "tools/run/image_names.h"

namespace graft {

class StepLog {
 public:
  StepLog(std::filesystem::path run, ImageNames names) : run_(std::move(run)), names_(std::move(names)) {}

  struct Step {
    int64_t step = 0;  // from 1
    int epoch = 0;     // from 1
    double loss = 0;   // mean over the batch, with the weights before the step
    double accuracy = 0;
  };
  void add(const Step& step, std::span<const Sample> samples, const std::vector<int>& seen);

  // Both files. Belongs before each checkpoint: what a resumed run reads covers it.
  void write() const;

  // Takes over what the files say of steps up to `step`, that of the checkpoint. Throws Error (data) if the files
  // cannot be read.
  void resume(int64_t step);

 private:
  std::filesystem::path run_;
  ImageNames names_;
  std::string steps_, order_;  // lines, without the headers
};

}  // namespace graft
