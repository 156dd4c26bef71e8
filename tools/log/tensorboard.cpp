#include "tools/log/tensorboard.h"

namespace graft {

TensorBoardLog::TensorBoardLog(std::filesystem::path folder)
    : folder_(std::move(folder)), train_(folder_ / "train") {}

void TensorBoardLog::on_step(const StepEvent& event) {
  train_.write({"batch_loss", event.step, float(event.loss)});
  train_.write({"batch_accuracy", event.step, float(event.accuracy)});
}

void TensorBoardLog::on_epoch(const EpochEvent& event) {
  const EpochResult& e = event.result;
  train_.write({"epoch_loss", e.epoch, float(e.train.loss)});
  train_.write({"epoch_accuracy", e.epoch, float(e.train.accuracy)});
  train_.write({"epoch_learning_rate", e.epoch, float(event.learning_rate)});
  train_.flush();
  if (!e.val) return;
  if (!validation_) validation_ = std::make_unique<EventFile>(folder_ / "validation");
  validation_->write({"epoch_loss", e.epoch, float(e.val->loss)});
  validation_->write({"epoch_accuracy", e.epoch, float(e.val->accuracy)});
  validation_->flush();
}

}  // namespace graft
