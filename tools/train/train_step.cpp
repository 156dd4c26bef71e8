#include "tools/train/train_step.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "tools/train/diagnose.h"

namespace graft {
namespace {

// "block5=0.1,head=1"
std::vector<std::pair<std::string, float>> parse_rates(std::string_view text) {
  std::vector<std::pair<std::string, float>> rates;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find(',', begin), text.size());
    const std::string_view part = text.substr(begin, end - begin);
    const size_t equal = part.find('=');
    float rate = 0;
    const char* const from = part.data() + std::min(equal, part.size() - 1) + 1;
    const auto [stop, error] = std::from_chars(from, part.data() + part.size(), rate);
    if (equal == part.npos || error != std::errc() || stop != part.data() + part.size() ||
        !(rate >= 0 && rate <= 1e6f))
      fail(Fault::usage, "--lr-mult {}: '{}' is not NAME=FACTOR, as in block5=0.1,head=1", text, part);
    const std::string name(part.substr(0, equal));
    if (std::any_of(rates.begin(), rates.end(), [&](const auto& known) { return known.first == name; }))
      fail(Fault::usage, "--lr-mult {}: '{}' is there twice; keep one", text, name);
    rates.emplace_back(name, rate);
    begin = end + 1;
  }
  return rates;
}

bool covers(std::string_view part, const Layer& layer, bool in_head) {
  return part == layer.name || (in_head ? part == "head" : layer.name.starts_with(std::string(part) + "_"));
}

struct LossAndProbs {
  Var loss;
  double weight = 0;
  std::vector<float> probs;
};

LossAndProbs loss_of(Tape& tape, const Var& logits, const std::vector<int32_t>& labels, const TrainOptions& o) {
  Device& device = logits.value.device();
  const std::vector<float>& weights = o.class_weight_values;
  LossOptions options{.smoothing = o.label_smoothing, .class_weight = {}, .divisor = double(labels.size())};
  if (!weights.empty()) {
    options.class_weight = Tensor::from_host(device, {int64_t(weights.size())}, std::span(weights));
    options.divisor = 0;
    for (const int32_t label : labels) options.divisor += weights[size_t(label)];
  }
  Tensor probs;
  const Tensor on_device = Tensor::from_host(device, {int64_t(labels.size())}, std::span(labels));
  const Var loss = softmax_loss(tape, logits, on_device, &probs, options);
  return {loss, options.divisor, probs.to_host()};
}

}  // namespace

std::unique_ptr<Optimizer> make_optimizer(const TrainOptions& o, ParameterArena& parameters) {
  const StepOptions every{.weight_decay = o.weight_decay, .clip_norm = o.clip_norm};
  if (o.optimizer == "sgd")
    return std::make_unique<SgdOptimizer>(parameters,
                                          SgdOptions{.momentum = o.momentum, .decay = o.l2, .every = every});
  AdamOptions adam{.decay = o.l2, .every = every};
  if (o.epsilon_form == "pytorch") adam.form = EpsilonForm::pytorch, adam.eps = 1e-8f;
  return std::make_unique<AdamOptimizer>(parameters, adam);
}

std::vector<LearningGroup> learning_groups(const Vgg& model, const std::string& lr_mult, int64_t born) {
  const auto rates = parse_rates(lr_mult);
  std::vector<bool> used(rates.size());
  std::vector<LearningGroup> groups;
  int64_t end = 0;
  for (int i = 0; i < model.depth(); ++i) {
    const Layer& layer = model.layers()[i];
    if (!layer.trained()) continue;
    const bool in_head = i >= model.trunk_end() - 1;
    LearningGroup group{.begin = end, .size = layer.parameter_count(), .born = in_head ? 0 : born};
    for (size_t r = 0; r < rates.size(); ++r)
      if (covers(rates[r].first, layer, in_head)) group.rate = rates[r].second, used[r] = true;
    end += group.size;
    if (!groups.empty() && groups.back().rate == group.rate && groups.back().born == group.born)
      groups.back().size += group.size;
    else
      groups.push_back(group);
  }
  for (size_t r = 0; r < rates.size(); ++r)
    if (!used[r])
      fail(Fault::usage, "--lr-mult {}: no '{}' trains; name blocks or layers that --unfreeze lets train, or head",
           lr_mult, rates[r].first);
  return groups;
}

StepResult train_step(Vgg& model, Optimizer& optimizer, const FeedBatch& batch, Feed& feed, const TrainOptions& o,
                      int64_t step, float learning_rate,
                      const std::function<void(const StepResult&)>& before_update) {
  model.parameters().start_step();
  Tape tape;
  const ForwardMode mode{.training = true, .seed = o.seed, .step = uint64_t(step)};
  const Var logits = model.forward(tape, {batch.x}, feed.boundary(), model.depth(), mode);
  feed.prefetch();
  const auto [loss, weight, probs] = loss_of(tape, logits, batch.labels, o);

  StepResult result{.weight = weight};
  for (const float l : loss.value.to_host()) result.loss_sum += l;
  if (!std::isfinite(result.loss_sum)) stop_at_bad_loss(model, batch, feed.boundary(), step + 1);
  const auto classes = logits.value.shape()[1];
  for (size_t i = 0; i < batch.labels.size(); ++i) {
    const auto row = probs.begin() + int64_t(i) * classes;
    result.correct += std::max_element(row, row + classes) - row == batch.labels[i];
  }

  tape.backward(loss);
  before_update(result);
  optimizer.step(learning_rate);
  return result;
}

}  // namespace graft
