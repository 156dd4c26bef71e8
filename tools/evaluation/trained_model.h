// Loading a trained model.
#pragma once
#include <memory>

#include "tools/events/observer.h"
#include "tools/run/run_config.h"
#include "weights/keras/keras_h5.h"

namespace graft {

// A trained model is loaded in two steps, since its record determines the precision of the device that then
// receives the values. open_trained(RUN or a model.h5) throws Error (data, weights) if the file is not a trained
// model of ours or was changed since.
struct TrainedFile {
  ModelRecord record;
  std::unique_ptr<KerasFile> file;
};
TrainedFile open_trained(const std::filesystem::path& run, const Observers& observers);
struct TrainedModel {
  ModelRecord record;
  std::unique_ptr<Model> model;
};
// trainable: the layers that get gradients.
TrainedModel load_trained(TrainedFile opened, Device& device, const TrainableFrom& trainable = {});

}  // namespace graft
