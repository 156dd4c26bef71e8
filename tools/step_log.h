// What each training step measured, and on which images: steps.csv and order.csv of a run with --log-steps. Another
// program that takes the images in this order repeats the run; tests/parity lets Keras do so.
#pragma once
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "engine/data/dataset.h"

namespace graft {

class StepLog {
 public:
  // Both folders as in the run's options: images are named relative to `data`.
  StepLog(std::filesystem::path run, std::filesystem::path data) : run_(std::move(run)), data_(std::move(data)) {}

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
  std::filesystem::path run_, data_;
  std::string steps_, order_;  // lines, without the headers
};

}  // namespace graft
