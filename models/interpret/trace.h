// Statistics of each layer of a model on a few images: outputs, gradients, and how far the weights have moved from
// their initial values. For teaching, and to find out why a model does not learn.
#pragma once
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/data/dataset.h"
#include "engine/data/preprocess.h"
#include "models/model.h"

namespace graft {

struct Moments {
  double mean = 0, deviation = 0, zeros = 0, min = 0, max = 0, norm = 0;  // zeros: share of zeros
};

struct LayerTrace {
  int epoch = 0;
  std::string layer;
  bool trained = false;
  std::optional<Moments> outputs;   // over all images; none until the epoch is complete
  int64_t units = 0, dead = 0;      // channels or outputs; those that are zero everywhere on all images
  std::optional<Moments> gradient;  // of the mean loss by kernel and bias; only of a trained layer
  std::optional<double> weight_norm;
  std::optional<double> update;  // |w' - w| / |w| of the last step of the epoch
  std::optional<double> drift;   // |w - start| / |start|
};

// Reads at most `max_images` images for tracing, evenly spaced in `samples`, and prepares them as the model's input.
struct TracedImages {
  Tensor x;  // f32 [n, size, size, 3]
  std::vector<int32_t> labels;
};
TracedImages read_traced_images(Device& device, const std::vector<Sample>& samples, const Preprocess& preprocess,
                                int max_images);

// Traces layers [begin, depth) on x, the input of layer `begin`, without dropout. Overwrites the gradients in the
// model's parameters.
std::vector<LayerTrace> trace_layers(Model& model, const Tensor& x, const std::vector<int32_t>& labels, int begin);

// Copies of layers' weights on the host, by layer name: kernel, then bias.
using LayerWeights = std::map<std::string, std::vector<float>>;
LayerWeights copy_weights(const Model& model);

// Returns |b - a| / |a|; nullopt if a is zero.
std::optional<double> relative_distance(const std::vector<float>& a, const std::vector<float>& b);

// Returns trace.csv: one line per epoch and layer, with empty fields for missing values. read_trace() of csv.h reads
// it.
std::string csv(const std::vector<LayerTrace>& rows);
std::string table(const std::vector<LayerTrace>& rows);  // of one epoch, human-readable

}  // namespace graft
