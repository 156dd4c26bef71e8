// vgg-tiny against PyTorch and Keras in float64: logits, every gradient, 20 losses with each optimizer.
// golden/make_parity.py computed the numbers, and defines the weights, images and labels.
#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <memory>

#include "engine/ops.h"
#include "engine/optimizer.h"
#include "engine/schedule.h"
#include "kernels/testing/compare.h"
#include "models/model.h"
#include "tests/kernels/reference_backend.h"
#include "tests/support/npy.h"
#include "tests/support/places.h"

namespace graft::test {
namespace {

constexpr int kSteps = 20, kBatches = 4, kImages = 8, kClasses = 4;

std::vector<const Backend*> tested_backends() { return {&cpu_backend(), &reference_backend()}; }

Npy golden(const std::string& name) { return read_npy(golden_folder() / "parity" / (name + ".npy")); }

// u(name, i) of make_parity.py, exact, in [0, 1).
class Uniform {
 public:
  explicit Uniform(const std::string& name) {
    for (const char c : name) hash_ = (hash_ ^ static_cast<uint8_t>(c)) * 0x01000193u;
  }
  double operator()(int64_t i) const {
    return static_cast<double>((hash_ + 2654435761u * static_cast<uint32_t>(i)) >> 8) / 16777216.0;
  }

 private:
  uint32_t hash_ = 0x811C9DC5u;
};

void fill(const Parameter& p) {
  const Uniform u(p.name);
  const Shape& s = p.shape;
  const double fan_in = static_cast<double>(s.size()) / static_cast<double>(s[s.rank() - 1]);
  const double scale = 2 * std::sqrt(6 / fan_in);
  std::vector<float> values(static_cast<size_t>(s.size()));
  for (size_t i = 0; i < values.size(); ++i) {
    const double centred = u(static_cast<int64_t>(i)) - 0.5;
    values[i] = static_cast<float>(s.rank() == 1 ? centred / 5 : centred * scale);
  }
  p.value.copy_from_host(values);
}

// vgg-tiny with the golden weights on a device of its own.
struct Net {
  Net(const Backend& backend, std::string_view unfreeze)
      : device(backend), model({.trunk = "vgg-tiny", .image_size = 32, .head = "flatten:16", .classes = kClasses}) {
    model.set_trainable(parse_trainable_from(unfreeze));
    model.allocate(device);
    for (const Parameter& p : model.parameters().all()) fill(p);
  }

  Tensor images(int batch) {
    const Uniform u("images/" + std::to_string(batch));
    const Shape shape{kImages, 32, 32, 3};
    std::vector<float> values(static_cast<size_t>(shape.size()));
    for (size_t i = 0; i < values.size(); ++i)
      values[i] = static_cast<float>((u(static_cast<int64_t>(i)) - 0.5) * 4);
    return Tensor::from_host(device, shape, values);
  }

  static std::vector<int32_t> labels(int batch) {
    const Uniform u("labels/" + std::to_string(batch));
    std::vector<int32_t> values(kImages);
    for (int i = 0; i < kImages; ++i) values[i] = static_cast<int32_t>(u(i) * kClasses);
    return values;
  }

  std::vector<float> logits(int batch) {
    Tape tape;
    return model.forward(tape, {images(batch)}).value.to_host();
  }

  // Runs a forward and a backward pass, and returns the mean loss.
  double loss(int batch, float smoothing = 0, const std::vector<float>& class_weights = {}) {
    Tape tape;
    model.parameters().begin_step();
    const Var logits = model.forward(tape, {images(batch)}, {.training = true});
    const std::vector<int32_t> y = labels(batch);
    LossOptions options{.smoothing = smoothing, .class_weight = {}, .divisor = kImages};
    if (!class_weights.empty()) {
      options.class_weight = Tensor::from_host(device, {int64_t(class_weights.size())}, std::span(class_weights));
      options.divisor = 0;
      for (const int32_t label : y) options.divisor += class_weights[size_t(label)];
    }
    const Var loss =
        softmax_loss(tape, logits, Tensor::from_host(device, {kImages}, std::span(y)), nullptr, options);
    tape.backward(loss);
    double sum = 0;
    for (const float l : loss.value.to_host()) sum += l;
    return sum / options.divisor;
  }

  Device device;
  Model model;
};

void check_gradients(Net& net) {
  net.loss(0);
  const std::vector<double> want = golden("gradients").values;
  const std::span<const double> all(want);
  size_t at = 0;
  for (const Parameter& p : net.model.parameters().all()) {
    const size_t count = static_cast<size_t>(p.shape.size());
    REQUIRE(at + count <= all.size());
    if (p.trainable) {
      const Comparison c = compare(p.grad.to_host(), all.subspan(at, count), 1e-5);
      CHECK_MESSAGE(c.ok(), p.name << ": " << c.report());
    }
    at += count;
  }
  CHECK(at == all.size());
}

using MakeOptimizer = std::function<std::unique_ptr<Optimizer>(ParameterArena&)>;

void check_losses_on(const Backend& backend, const std::string& name, float learning_rate,
                     const MakeOptimizer& make) {
  Net net(backend, "all");
  const std::unique_ptr<Optimizer> optimizer = make(net.model.parameters());
  const std::vector<double> want = golden("losses_" + name).values;
  REQUIRE(want.size() == kSteps);
  for (int step = 0; step < kSteps; ++step) {
    const double got = net.loss(step % kBatches), off = std::fabs(got / want[step] - 1);
    CHECK_MESSAGE(off <= 1e-4, std::string(backend.name) << ", " << name << ", step " << step << ": loss " << got
                                                         << " instead of " << want[step]);
    optimizer->step(learning_rate);
  }
}

void check_losses(const std::string& name, float learning_rate, const MakeOptimizer& make) {
  for (const Backend* backend : tested_backends()) check_losses_on(*backend, name, learning_rate, make);
}

MakeOptimizer adam(AdamOptions options) {
  return [=](ParameterArena& p) { return std::make_unique<AdamOptimizer>(p, options); };
}
MakeOptimizer sgd(SgdOptions options) {
  return [=](ParameterArena& p) { return std::make_unique<SgdOptimizer>(p, options); };
}

const AdamOptions kTorchAdam{.form = EpsilonForm::pytorch, .eps = 1e-8f};

// Training with more than an optimizer: RECIPES of make_parity.py.
struct Recipe {
  MakeOptimizer optimizer = adam(kTorchAdam);
  float smoothing = 0;
  std::vector<float> class_weights = {};
  std::function<double(int step)> rate = [](int) { return 1e-3; };
  std::function<float(const std::string& parameter)> group = [](const std::string&) { return 1.0f; };
  int head_only = 0;  // steps before the trunk becomes trainable
};

// One group per trainable parameter; all but the head start at `first_step`.
std::vector<ParamGroup> groups_of(const ParameterArena& parameters, const Recipe& recipe, int first_step) {
  std::vector<ParamGroup> groups;
  int64_t end = 0;
  for (const Parameter& p : parameters.all()) {
    if (!p.trainable) continue;
    groups.push_back({.begin = end,
                      .size = p.shape.size(),
                      .lr_scale = recipe.group(p.name),
                      .first_step = p.name.starts_with("head") ? 0 : first_step});
    end += p.shape.size();
  }
  return groups;
}

void check_recipe(const std::string& name, const Recipe& recipe) {
  const std::vector<double> want = golden("losses_" + name).values;
  REQUIRE(want.size() == kSteps);
  for (const Backend* backend : tested_backends()) {
    Net net(*backend, recipe.head_only ? "none" : "all");
    ParameterArena& parameters = net.model.parameters();
    std::unique_ptr<Optimizer> optimizer = recipe.optimizer(parameters);
    optimizer->set_groups(groups_of(parameters, recipe, 0));
    for (int step = 0; step < kSteps; ++step) {
      if (recipe.head_only && step == recipe.head_only) {
        const std::unique_ptr<Optimizer> before = std::move(optimizer);
        net.model.set_trainable(parse_trainable_from("all"));
        net.model.allocate(net.device);
        optimizer = recipe.optimizer(parameters);
        optimizer->continue_from(*before);
        optimizer->set_groups(groups_of(parameters, recipe, step));
      }
      const double got = net.loss(step % kBatches, recipe.smoothing, recipe.class_weights),
                   off = std::fabs(got / want[size_t(step)] - 1);
      CHECK_MESSAGE(off <= 1e-4, std::string(backend->name) << ", " << name << ", step " << step << ": loss " << got
                                                            << " instead of " << want[size_t(step)]);
      optimizer->step(float(recipe.rate(step)));
    }
  }
}

}  // namespace

TEST_CASE("vgg-tiny: logits as in PyTorch") {
  for (const Backend* backend : tested_backends()) {
    Net net(*backend, "none");
    const Comparison c = compare(net.logits(0), golden("logits").values, 1e-5);
    CHECK_MESSAGE(c.ok(), std::string(backend->name) << ": " << c.report());
  }
}

TEST_CASE("vgg-tiny: every gradient as in PyTorch") {
  for (const Backend* backend : tested_backends())
    for (const char* unfreeze : {"all", "block4", "block5_conv2", "none"}) {
      CAPTURE(std::string(backend->name));
      CAPTURE(std::string(unfreeze));
      Net net(*backend, unfreeze);
      check_gradients(net);
    }
}

TEST_CASE("vgg-tiny: 20 losses of Adam as in PyTorch, with and without decay") {
  AdamOptions decayed = kTorchAdam;
  decayed.decay = 0.01f;
  check_losses("adam_pytorch", 1e-3f, adam(kTorchAdam));
  check_losses("adam_pytorch_decay", 1e-3f, adam(decayed));
}

TEST_CASE("vgg-tiny: 20 losses of Adam as in Keras") { check_losses("adam_keras", 1e-3f, adam({})); }

TEST_CASE("vgg-tiny: 20 losses of SGD with momentum as in PyTorch, with and without decay") {
  check_losses("sgd_momentum", 0.03f, sgd({.momentum = 0.9f}));
  check_losses("sgd_momentum_decay", 0.03f, sgd({.momentum = 0.9f, .decay = 0.01f}));
}

TEST_CASE("vgg-tiny: 20 losses of AdamW and of clipped gradients as in PyTorch") {
  AdamOptions adamw = kTorchAdam;
  adamw.every.weight_decay = 0.5f;
  check_recipe("adamw", {.optimizer = adam(adamw)});
  check_recipe("clip", {.optimizer = sgd({.momentum = 0.9f, .every = {.clip_norm = 0.5f}}),
                        .rate = [](int) { return 0.03; }});
}

TEST_CASE("vgg-tiny: 20 losses with smoothed labels and weighted classes as in PyTorch") {
  const std::vector<float> weights = {0.5f, 1, 2, 4};
  check_recipe("smoothing", {.smoothing = 0.1f});
  check_recipe("class_weights", {.class_weights = weights});
  check_recipe("smoothing_weights", {.smoothing = 0.2f, .class_weights = weights});
}

TEST_CASE("vgg-tiny: 20 losses of a cosine schedule as in PyTorch") {
  const Schedule cosine = parse_schedule("cosine:floor=0.1");
  check_recipe("cosine",
               {.rate = [&](int step) { return 1e-3 * rate_factor(cosine, 0, {.step = step, .steps = kSteps}); }});
}

TEST_CASE("vgg-tiny: 20 losses with a learning rate per block, and with a trunk that joins later, as in PyTorch") {
  check_recipe("groups", {.group = [](const std::string& name) {
                 return name.starts_with("block5") ? 0.1f : name.starts_with("head") ? 1.0f : 0.01f;
               }});
  check_recipe("joins", {.rate = [](int step) { return step < 10 ? 1e-3 : 1e-4; }, .head_only = 10});
}

}  // namespace graft::test
