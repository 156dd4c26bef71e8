// The optimizers that a training can choose, a row each: a new one is a class in engine/optimizer.h and a row here.
#pragma once
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "engine/optimizer.h"

namespace graft {

struct OptimizerKind;

struct OptimizerOptions {
  OptimizerOptions();
  const OptimizerKind* kind;  // adam
  EpsilonForm epsilon_form = EpsilonForm::keras;
  float momentum = 0.9f;
  float l2 = 0, weight_decay = 0;
  float clip_norm = 0;  // 0: never
};

struct OptimizerKind {
  std::string_view name;
  int state_copies;                         // values that it keeps for each trained one
  std::span<const std::string_view> flags;  // options that no other optimizer has
  std::unique_ptr<Optimizer> (*make)(const OptimizerOptions& options, ParameterArena& parameters);
  std::string (*describe)(const OptimizerOptions& options);  // "SGD, momentum 0.9"
};

std::span<const OptimizerKind> optimizer_kinds();
const OptimizerKind& find_optimizer(std::string_view name);  // an unknown one is a usage error that lists all

std::unique_ptr<Optimizer> make_optimizer(const OptimizerOptions& options, ParameterArena& parameters);

}  // namespace graft
