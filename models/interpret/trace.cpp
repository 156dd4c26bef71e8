#include "models/interpret/trace.h"

#include <algorithm>
#include <cmath>

#include "engine/data/loader.h"

namespace graft {
namespace {

class Sums {
 public:
  void add(const std::vector<float>& values) {
    for (float f : values) {
      const double v = double(f);
      sum_ += v, squares_ += v * v, zeros_ += f == 0;
      min_ = std::min(min_, v), max_ = std::max(max_, v);
    }
    count_ += double(values.size());
  }
  Moments moments() const {
    const double mean = sum_ / count_;
    return {mean,
            std::sqrt(std::max(squares_ / count_ - mean * mean, 0.0)),
            zeros_ / count_,
            min_,
            max_,
            std::sqrt(squares_)};
  }

 private:
  double count_ = 0, sum_ = 0, squares_ = 0, zeros_ = 0, min_ = INFINITY, max_ = -INFINITY;
};

// Units are the last dimension.
int64_t count_dead(const std::vector<float>& values, int64_t units) {
  std::vector<char> alive(static_cast<size_t>(units));
  for (size_t i = 0; i < values.size(); ++i) alive[i % size_t(units)] |= values[i] != 0;
  return std::count(alive.begin(), alive.end(), 0);
}

void append(std::vector<float>& all, const Tensor& tensor) {
  const std::vector<float> values = tensor.to_host();
  all.insert(all.end(), values.begin(), values.end());
}

std::string field(const std::optional<double>& value) { return value ? fmt::format(",{:.6g}", *value) : ","; }

}  // namespace

TracedImages read_traced_images(Device& device, const std::vector<Sample>& samples, const Preprocess& preprocess,
                                int max_images) {
  const int n = int(std::min<size_t>(samples.size(), size_t(max_images)));
  std::vector<int> order;
  for (int i = 0; i < n; ++i) order.push_back(int(size_t(i) * samples.size() / size_t(n)));
  Loader loader(samples, order, n, preprocess);
  Batch batch;
  if (!loader.next(batch)) fail(Fault::data, "none of the {} images to trace can be read", n);
  const Tensor bytes = Tensor::from_host(device, {batch.n, preprocess.size, preprocess.size, 3},
                                         std::span<const uint8_t>(batch.rgb));
  return {prepare(device, bytes, preprocess), batch.labels};
}

std::vector<LayerTrace> trace_layers(Model& model, const Tensor& input, const std::vector<int32_t>& labels,
                                     int begin) {
  model.parameters().begin_step();
  Tape tape;
  Var x{input};
  std::vector<LayerTrace> rows;
  for (int i = begin; i < model.depth(); ++i) {
    const Node& layer = model.layers()[size_t(i)];
    x = model.forward(tape, x, i, i + 1);
    const std::vector<float> values = x.value.to_host();
    Sums outputs;
    outputs.add(values);
    const int64_t units = layer.out[layer.out.rank() - 1];
    rows.push_back({.layer = layer.name,
                    .trained = layer.trained(),
                    .outputs = outputs.moments(),
                    .units = units,
                    .dead = count_dead(values, units)});
  }
  const Tensor targets = Tensor::from_host(input.device(), {int64_t(labels.size())}, std::span(labels));
  const Var loss = softmax_loss(tape, x, targets);
  tape.backward(loss);
  const LayerWeights weights = copy_weights(model);
  for (size_t i = 0; i < rows.size(); ++i) {
    const Node& layer = model.layers()[size_t(begin) + i];
    if (layer.parameters.empty()) continue;
    Sums all;
    all.add(weights.at(layer.name));
    rows[i].weight_norm = all.moments().norm;
    if (!layer.trained()) continue;
    Sums gradients;
    for (const Parameter* p : layer.parameters) gradients.add(p->grad.to_host());
    rows[i].gradient = gradients.moments();
  }
  return rows;
}

LayerWeights copy_weights(const Model& model) {
  LayerWeights weights;
  for (const Node& l : model.layers())
    for (const Parameter* p : l.parameters) append(weights[l.name], p->value);
  return weights;
}

std::optional<double> relative_distance(const std::vector<float>& a, const std::vector<float>& b) {
  require(a.size() == b.size(), "weights of {} and {} elements", a.size(), b.size());
  double squares = 0, difference = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    const double d = double(b[i]) - double(a[i]);
    squares += double(a[i]) * double(a[i]), difference += d * d;
  }
  if (squares == 0) return {};
  return std::sqrt(difference / squares);
}

std::string csv(const std::vector<LayerTrace>& rows) {
  std::string text =
      "epoch,layer,trained,output_mean,output_std,output_zeros,output_min,output_max,units,dead_units,"
      "gradient_mean,gradient_std,gradient_zeros,gradient_min,gradient_max,gradient_norm,"
      "weight_norm,update_to_weight,drift\n";
  const auto fields = [](const Moments& m) {
    return fmt::format(",{:.6g},{:.6g},{:.6g},{:.6g},{:.6g}", m.mean, m.deviation, m.zeros, m.min, m.max);
  };
  for (const LayerTrace& r : rows) {
    text += fmt::format("{},{},{}", r.epoch, r.layer, int(r.trained));
    text += r.outputs ? fields(*r.outputs) + fmt::format(",{},{}", r.units, r.dead) : ",,,,,,,";
    text += r.gradient ? fields(*r.gradient) + field(r.gradient->norm) : ",,,,,,";
    text += field(r.weight_norm) + field(r.update) + field(r.drift) + "\n";
  }
  return text;
}

std::string table(const std::vector<LayerTrace>& rows) {
  const auto number = [](const std::optional<double>& v) {
    return v ? fmt::format("{:.3g}", *v) : std::string("-");
  };
  std::string text = fmt::format("{:<17} {:>9} {:>9} {:>7} {:>9} {:>11} {:>9} {:>9} {:>9}\n", "layer", "mean",
                                 "std", "zeros", "max", "dead units", "gradient", "weights", "drift");
  for (const LayerTrace& r : rows)
    text += fmt::format("{:<17} {:>9.3g} {:>9.3g} {:>7.3f} {:>9.3g} {:>11} {:>9} {:>9} {:>9}\n", r.layer,
                        r.outputs->mean, r.outputs->deviation, r.outputs->zeros, r.outputs->max,
                        fmt::format("{}/{}", r.dead, r.units), r.gradient ? number(r.gradient->norm) : "-",
                        number(r.weight_norm), number(r.drift));
  return text;
}

}  // namespace graft
