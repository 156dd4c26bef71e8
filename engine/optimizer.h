// Optimizers: one launch over the contiguous range of the trainable parameters. Formulas in kernels/api/ops.h.
#pragma once
#include <utility>

#include "engine/parameter.h"

namespace graft {

struct AdamOptions {
  float beta1 = 0.9f, beta2 = 0.999f;
  EpsilonForm form = EpsilonForm::keras;
  float eps = 1e-7f;  // Keras' default; PyTorch's is 1e-8
  float decay = 0;    // L2: adds decay * w to the gradient
};

struct SgdOptions {
  float momentum = 0.9f;
  float decay = 0;
};

class Optimizer {
 public:
  virtual ~Optimizer() = default;
  virtual void step(float learning_rate) = 0;
  // What a checkpoint must hold besides the weights, by name. steps() is part of it.
  virtual std::vector<std::pair<std::string, Tensor>> state() const = 0;
  int64_t steps() const { return steps_; }
  void set_steps(int64_t steps) { steps_ = steps; }

 protected:
  explicit Optimizer(ParameterArena& parameters);
  ParameterArena& parameters_;
  int64_t steps_ = 0;  // done so far
};

class AdamOptimizer : public Optimizer {
 public:
  AdamOptimizer(ParameterArena& parameters, AdamOptions options);
  void step(float learning_rate) override;
  std::vector<std::pair<std::string, Tensor>> state() const override { return {{"adam/m", m_}, {"adam/v", v_}}; }

 private:
  AdamOptions options_;
  Tensor m_, v_;
};

class SgdOptimizer : public Optimizer {
 public:
  SgdOptimizer(ParameterArena& parameters, SgdOptions options);
  void step(float learning_rate) override;
  std::vector<std::pair<std::string, Tensor>> state() const override { return {{"sgd/velocity", velocity_}}; }

 private:
  SgdOptions options_;
  Tensor velocity_;
};

}  // namespace graft
