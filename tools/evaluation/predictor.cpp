#include "tools/evaluation/predictor.h"

#include <algorithm>

namespace graft {
namespace {

Image fitted(const Image& image, const Preprocess& preprocess) {
  if (image.w <= 0 || image.h <= 0 || image.rgb.size() != size_t(image.w) * size_t(image.h) * 3)
    fail(Fault::data, "an image of {} x {} pixels has {} values instead of 3 for each pixel", image.w, image.h,
         image.rgb.size());
  return fit_image(image, preprocess);
}

}  // namespace

Predictor::Predictor(const std::filesystem::path& model, const PredictorOptions& options,
                     const Observers& observers)
    : Predictor(open_trained(model, observers), options) {}

Predictor::Predictor(TrainedFile file, const PredictorOptions& options)
    : backend_(open_backend(options.compute)),
      device_(backend_,
              kernel_policy(options.compute, backend_, options.precision.value_or(file.record.precision))),
      trained_(load_trained(std::move(file), device_)),
      trunk_(device_, *trained_.model,
             frozen_layers(*trained_.model, trained_.record, device_.policy().precision)) {}

std::vector<std::vector<float>> Predictor::predict(std::span<const Image> images) const {
  constexpr size_t kBatch = 32;
  const auto classes = int64_t(record().classes.size());
  std::vector<std::vector<float>> predictions;
  for (size_t begin = 0; begin < images.size(); begin += kBatch) {
    const auto part = images.subspan(begin, std::min(kBatch, images.size() - begin));
    std::vector<uint8_t> pixels;
    for (const Image& image : part) {
      const Image input = fitted(image, record().preprocess);
      pixels.insert(pixels.end(), input.rgb.begin(), input.rgb.end());
    }
    const std::vector<float> all = probabilities(pixels, int64_t(part.size()));
    for (auto row = all.begin(); row != all.end(); row += classes) predictions.emplace_back(row, row + classes);
  }
  return predictions;
}

std::vector<float> Predictor::probabilities(const std::vector<uint8_t>& pixels, int64_t images) const {
  const std::scoped_lock lock(mutex_);
  const int64_t size = record().preprocess.size;
  const Tensor bytes = Tensor::from_host(device_, {images, size, size, 3}, std::span<const uint8_t>(pixels));
  Tape tape(Tape::Recording::off);
  const Tensor x = trunk_.run(bytes, record().preprocess);
  return softmax(model().forward(tape, {x}, trunk_.end(), model().depth()).value).to_host();
}

Explained Predictor::explain(const Image& image, int shown, std::string_view layer) const {
  require(shown >= kPredictedClass && shown < int(record().classes.size()), "explain: there is no class {}", shown);
  const int conv = find_conv(model(), layer);
  Explained explained{.fitted = fitted(image, record().preprocess)};
  const std::scoped_lock lock(mutex_);
  const int64_t size = record().preprocess.size;
  const Tensor bytes =
      Tensor::from_host(device_, {1, size, size, 3}, std::span<const uint8_t>(explained.fitted.rgb));
  explained.map =
      std::move(grad_cam(model(), prepare(device_, bytes, record().preprocess), conv, std::span(&shown, 1))[0]);
  return explained;
}

bool Predictor::predict_files(std::span<const Sample> samples, int batch,
                              const std::function<bool(std::vector<Prediction>, int64_t)>& ready,
                              std::vector<BadImage>* bad) const {
  if (bad) bad->clear();
  const std::scoped_lock lock(mutex_);
  FeatureBatches batches(trunk_, samples, record().preprocess, {.batch = batch});
  const auto note_bad = [&] {
    if (bad)
      bad->insert(bad->end(), batches.bad_images().begin() + int64_t(bad->size()), batches.bad_images().end());
  };
  const bool whole = evaluate_batches(model(), batches, int(samples.size()),
                                      [&](std::vector<Prediction> predictions, int64_t next) {
                                        note_bad();
                                        return ready(std::move(predictions), next);
                                      });
  note_bad();
  return whole;
}

std::vector<Prediction> Predictor::evaluate_files(std::span<const Sample> samples, int batch,
                                                  const std::function<bool(int64_t)>& done) const {
  std::vector<Prediction> all;
  predict_files(samples, batch, [&](std::vector<Prediction> predictions, int64_t next) {
    std::ranges::move(predictions, std::back_inserter(all));
    return done(next);
  });
  return all;
}

void Predictor::explain_files(const std::vector<std::filesystem::path>& paths, std::span<const int> classes,
                              int layer, int batch, const std::function<void(const Explained&)>& done,
                              const std::function<void(size_t, const std::string&)>& failed) const {
  const std::scoped_lock lock(mutex_);
  explain_images(device_, model(), record().preprocess, paths, classes, layer, batch, done, failed);
}

}  // namespace graft
