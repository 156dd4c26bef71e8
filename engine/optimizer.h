// Optimizers over the contiguous range of the trainable parameters,
// one launch per group of layers. Formulas are in kernels/api/ops.h.
#pragma once
#include <utility>

#include "engine/parameter.h"

namespace graft {

// Applied by every optimizer before its own step.
struct StepOptions {
  float weight_decay = 0;  // decoupled, as in AdamW: w -= lr * weight_decay * w first
  float clip_norm = 0;     // gradients are scaled down to this global norm where it is larger; 0: never
};

struct AdamOptions {
  float beta1 = 0.9f, beta2 = 0.999f;
  EpsilonForm form = EpsilonForm::keras;
  float eps = 1e-7f;  // Keras' default; PyTorch's is 1e-8
  float decay = 0;    // L2: adds decay * w to the gradient
  StepOptions every = {};
};

struct SgdOptions {
  float momentum = 0.9f;
  float decay = 0;
  StepOptions every = {};
};

// Adjacent parameters that share a learning rate.
struct ParamGroup {
  int64_t begin = 0, size = 0;  // in the trainable range
  float lr_scale = 1;           // factor on the step's learning rate
  int64_t first_step = 0;       // optimizer step at which this group started training
};

class Optimizer {
 public:
  virtual ~Optimizer() = default;
  void step(float learning_rate);
  // State that a checkpoint must hold besides the weights, by name, including steps().
  virtual std::vector<std::pair<std::string, Tensor>> state() const = 0;
  int64_t steps() const { return steps_; }
  void set_steps(int64_t steps) { steps_ = steps; }

  // In order, without gaps, covering the trainable range. Until then: one group.
  void set_groups(std::vector<ParamGroup> groups);
  // Continues from `before`, which trained the last part of this one's range. The rest starts fresh.
  void continue_from(const Optimizer& before);

 protected:
  Optimizer(ParameterArena& parameters, StepOptions every);
  virtual void update(const ParamGroup& group, float learning_rate, int64_t step) = 0;  // step: from 1

  ParameterArena& parameters_;

 private:
  void clip();

  StepOptions every_;
  std::vector<ParamGroup> groups_;
  int64_t steps_ = 0;  // done so far
};

class AdamOptimizer : public Optimizer {
 public:
  AdamOptimizer(ParameterArena& parameters, AdamOptions options);
  std::vector<std::pair<std::string, Tensor>> state() const override { return {{"adam/m", m_}, {"adam/v", v_}}; }

 private:
  void update(const ParamGroup& group, float learning_rate, int64_t step) override;
  AdamOptions options_;
  Tensor m_, v_;
};

class SgdOptimizer : public Optimizer {
 public:
  SgdOptimizer(ParameterArena& parameters, SgdOptions options);
  std::vector<std::pair<std::string, Tensor>> state() const override { return {{"sgd/velocity", velocity_}}; }

 private:
  void update(const ParamGroup& group, float learning_rate, int64_t step) override;
  SgdOptions options_;
  Tensor velocity_;
};

}  // namespace graft
