// The available optimizers, one row each. A new one is a class in engine/optimizer.h and a row here.
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
  const OptimizerKind* kind;  // default: adam
  EpsilonForm epsilon_form = EpsilonForm::keras;
  float momentum = 0.9f;
  float l2 = 0, weight_decay = 0;
  float clip_norm = 0;  // 0: no clipping
};

struct OptimizerKind {
  std::string_view name;
  int state_copies;                         // state values per trained parameter value
  std::span<const std::string_view> flags;  // options that apply only to this optimizer
  std::unique_ptr<Optimizer> (*make)(const OptimizerOptions& options, ParameterArena& parameters);
  std::string (*describe)(const OptimizerOptions& options);  // "SGD, momentum 0.9"
};

std::span<const OptimizerKind> optimizer_kinds();
const OptimizerKind& find_optimizer(std::string_view name);  // throws Error (usage) that lists all names

std::unique_ptr<Optimizer> make_optimizer(const OptimizerOptions& options, ParameterArena& parameters);

}  // namespace graft
