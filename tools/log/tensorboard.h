// train --tensorboard DIR: curves for TensorBoard in DIR/train and DIR/validation, named as by the Keras callback:
// epoch_loss, epoch_accuracy and epoch_learning_rate by epoch (from 1), batch_loss and batch_accuracy by step.
#pragma once
#include <memory>

#include "tools/events/observer.h"
#include "tools/log/event_file.h"

namespace graft {

class TensorBoardLog : public Observer {
 public:
  explicit TensorBoardLog(std::filesystem::path folder);  // throws Error (resources)

  void on_step(const StepEvent& event) override;
  void on_epoch(const EpochEvent& event) override;

 private:
  std::filesystem::path folder_;
  EventFile train_;
  std::unique_ptr<EventFile> validation_;  // created on first use
};

}  // namespace graft
