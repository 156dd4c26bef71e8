// A trained model that answers for images: what predict, eval, explain and report do, and what a program that
// embeds Graft calls. Several threads may call it at once; the calls take turns on the device.
#pragma once
#include <mutex>

#include "models/features/evaluate.h"
#include "models/frozen_trunk.h"
#include "models/interpret/explain.h"
#include "tools/evaluation/trained_model.h"
#include "tools/options/compute_options.h"

namespace graft {

struct PredictorOptions {
  ComputeOptions compute;
  std::optional<Precision> precision;  // none: as the model was trained
};

class Predictor {
 public:
  // model: a run folder or its model.h5. Throws Error: data, weights (it is no trained model, or was changed),
  // usage (the device), resources.
  explicit Predictor(const std::filesystem::path& model, const PredictorOptions& options = {},
                     const Observers& observers = {});

  const ModelRecord& record() const { return trained_.record; }  // classes, preprocessing
  const Model& model() const { return *trained_.model; }
  const Device& device() const { return device_; }

  // [images][classes]: probabilities for pictures of any size, as decode_image(path, decode_options(preprocess))
  // gives them. An answer does not depend on the other images. Throws Error (data) for an image without pixels.
  std::vector<std::vector<float>> predict(std::span<const Image> images) const;

  // Grad-CAM: where in the picture the model sees the class, at a convolution ("": the last one).
  Explained explain(const Image& image, int shown = kPredictedClass, std::string_view layer = "") const;

  // The same for files, which are read while the device computes. For the arguments see evaluate_batches() and
  // explain_images(); they must not call the predictor again. `bad`, if given, is filled with the files that could
  // not be read so far.
  bool predict_files(std::span<const Sample> samples, int batch,
                     const std::function<bool(std::vector<Prediction> batch, int64_t next)>& ready,
                     std::vector<BadImage>* bad = nullptr) const;
  std::vector<Prediction> evaluate_files(std::span<const Sample> samples, int batch,
                                         const std::function<bool(int64_t done)>& done) const;
  void explain_files(const std::vector<std::filesystem::path>& paths, std::span<const int> classes, int layer,
                     int batch, const std::function<void(const Explained&)>& done,
                     const std::function<void(size_t index, const std::string& message)>& failed) const;

 private:
  Predictor(TrainedFile file, const PredictorOptions& options);
  std::vector<float> probabilities(const std::vector<uint8_t>& pixels, int64_t images) const;  // [images, classes]

  const Backend& backend_;
  mutable Device device_;
  TrainedModel trained_;
  mutable FrozenTrunk trunk_;
  mutable std::mutex mutex_;  // of the device
};

}  // namespace graft
