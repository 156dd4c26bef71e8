// What happens in each layer of a model on a few images: its outputs, the gradients of its weights, and how far its
// weights have come from where they started. For teaching, and to see why a training does not learn.
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
  double mean = 0, deviation = 0, zeros = 0, min = 0, max = 0, norm = 0;  // zeros: their share
};

struct LayerTrace {
  int epoch = 0;
  std::string layer;
  bool trained = false;
  std::optional<Moments> outputs;   // of all images together; nothing in an epoch that is not at its end
  int64_t units = 0, dead = 0;      // channels or outputs; those that are zero everywhere on all images
  std::optional<Moments> gradient;  // of the mean loss, for the weights and biases of a trained layer
  std::optional<double> weight_norm;
  std::optional<double> update;  // |w' - w| / |w| of the last step of the epoch
  std::optional<double> drift;   // |w - start| / |start|
};

// The images that are traced, evenly spaced in `samples`, as the model sees them, with their labels.
struct TracedImages {
  Tensor x;  // f32 [n, size, size, 3]
  std::vector<int32_t> labels;
};
TracedImages read_traced_images(Device& device, const std::vector<Sample>& samples, const Preprocess& preprocess,
                                int most);

// Layers [begin, depth) on x, the input of layer `begin`; without dropout. The gradients of the trained ones are
// left in the model's arena, whose next step overwrites them.
std::vector<LayerTrace> trace_layers(Model& model, const Tensor& x, const std::vector<int32_t>& labels, int begin);

// The weights of some layers on the host, kernel and bias one after the other.
using LayerWeights = std::map<std::string, std::vector<float>>;
LayerWeights copy_weights(const Model& model);

// |b - a| / |a|; nothing where a is zero.
std::optional<double> relative_distance(const std::vector<float>& a, const std::vector<float>& b);

// trace.csv: a line for each epoch and layer; what a layer does not have is empty. read_trace() of csv.h reads it.
std::string csv(const std::vector<LayerTrace>& rows);
std::string table(const std::vector<LayerTrace>& rows);  // of one epoch, for people

}  // namespace graft
