// What each training step measured, and on which images: steps.csv and order.csv of a run with --log-steps. Another
// program that takes the images in this order repeats the run; tests/parity lets Keras do so.
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
  // samples: the training images; they must outlive it.
  StepLog(std::filesystem::path run, ImageNames names, std::span<const Sample> samples)
      : run_(std::move(run)), names_(std::move(names)), samples_(samples) {}

  void on_step(const StepEvent& event) override;
  void before_save() override;  // writes both files: what a resumed run reads covers its checkpoint

  // Takes over what the files say of steps up to `step`, that of the checkpoint. Throws Error (data) if the files
  // cannot be read.
  void resume(int64_t step);

 private:
  std::filesystem::path run_;
  ImageNames names_;
  std::span<const Sample> samples_;
  std::string steps_, order_;  // lines, without the headers
};

}  // namespace graft
