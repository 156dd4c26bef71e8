// The loss and accuracy of each training step and the images it used: steps.csv and order.csv of a run with
// --log-steps. A program that takes the images in this order reproduces the run; tests/parity does so with Keras.
#pragma once
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "tools/events/observer.h"
#include "tools/run/image_names.h"

namespace graft {

class StepLog : public Observer {
 public:
  // samples: the training images, which must outlive the log.
  StepLog(std::filesystem::path run, ImageNames names, std::span<const Sample> samples)
      : run_(std::move(run)), names_(std::move(names)), samples_(samples) {}

  void on_step(const StepEvent& event) override;
  void before_save() override;  // writes both files, so that they cover every checkpoint

  // Reads back the rows of both files up to `step`, the step of the checkpoint. Throws Error (data) if they
  // cannot be read.
  void resume(int64_t step);

 private:
  std::filesystem::path run_;
  ImageNames names_;
  std::span<const Sample> samples_;
  std::string steps_, order_;  // without the headers
};

}  // namespace graft
