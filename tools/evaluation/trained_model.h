// A model that was trained, as a run keeps it.
#pragma once
#include <memory>

#include "tools/events/observer.h"
#include "tools/run/run_config.h"
#include "weights/keras/keras_h5.h"

namespace graft {

// A trained model, RUN or a model.h5, in two steps: its record says which precision the device is to have that then
// gets the values. Opening throws Error (data, weights) if it is no trained model of ours, or was changed.
struct TrainedFile {
  ModelRecord record;
  std::unique_ptr<KerasFile> file;
};
TrainedFile open_trained(const std::filesystem::path& run, const Observers& observers);
struct TrainedModel {
  ModelRecord record;
  std::unique_ptr<Model> model;
};
// trainable: what gets gradients.
TrainedModel load_trained(TrainedFile opened, Device& device, const TrainableFrom& trainable = {});

}  // namespace graft
