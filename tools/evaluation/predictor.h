// Inference with a trained model, for predict, eval, explain and report, and for programs that embed Graft.
// Thread-safe; concurrent calls take turns on the device.
#pragma once
#include <mutex>

#include "models/features/evaluate.h"
#include "models/frozen_trunk.h"
#include "models/interpret/explain.h"
#include "tools/evaluation/trained_model.h"
#include "tools/options/compute_options.h"

namespace graft {

struct PredictorOptions {
  ComputeOptions compute;              // its number of threads is that of the process
  std::optional<Precision> precision;  // none: that of the model's training
};

class Predictor {
 public:
  // model: a run folder or a model.h5. Throws Error: data; weights (not
  // a trained model, or changed since); usage (the device); resources.
  explicit Predictor(const std::filesystem::path& model, const PredictorOptions& options = {},
                     const Observers& observers = {});

  const ModelRecord& record() const { return trained_.record; }  // classes, preprocessing
  const Model& model() const { return *trained_.model; }
  const Device& device() const { return device_; }

  // Returns probabilities [images][classes] for images of any size, decoded by
  // decode_image(path, decode_options(preprocess)). A prediction does not depend
  // on the other images. Throws Error (data) for an image without pixels.
  std::vector<std::vector<float>> predict(std::span<const Image> images) const;

  // Grad-CAM: where in the image the model sees the class `shown`, at the convolution `layer` ("": the last one).
  Explained explain(const Image& image, int shown = kPredictedClass, std::string_view layer = "") const;

  // The same for files, which are decoded while the device computes. For the
  // arguments see evaluate_batches() and explain_images(); the callbacks must not
  // call the predictor. `bad`, if given, collects the files that could not be read.
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
  mutable std::mutex mutex_;  // guards the device
};

}  // namespace graft
