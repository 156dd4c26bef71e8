#include "tools/options/optimizers.h"

#include <fmt/core.h>

#include "kernels/api/error.h"

namespace graft {
namespace {

StepOptions every_step(const OptimizerOptions& o) {
  return {.weight_decay = o.weight_decay, .clip_norm = o.clip_norm};
}

std::unique_ptr<Optimizer> make_adam(const OptimizerOptions& o, ParameterArena& parameters) {
  AdamOptions adam{.decay = o.l2, .every = every_step(o)};
  if (o.epsilon_form == EpsilonForm::pytorch) adam.form = EpsilonForm::pytorch, adam.eps = 1e-8f;
  return std::make_unique<AdamOptimizer>(parameters, adam);
}

std::unique_ptr<Optimizer> make_sgd(const OptimizerOptions& o, ParameterArena& parameters) {
  return std::make_unique<SgdOptimizer>(parameters,
                                        SgdOptions{.momentum = o.momentum, .decay = o.l2, .every = every_step(o)});
}

std::string describe_adam(const OptimizerOptions& o) {
  return fmt::format("Adam ({} form)", o.epsilon_form == EpsilonForm::keras ? "keras" : "pytorch");
}
std::string describe_sgd(const OptimizerOptions& o) { return fmt::format("SGD, momentum {:g}", o.momentum); }

constexpr std::string_view kAdamFlags[] = {"--epsilon-form"}, kSgdFlags[] = {"--momentum"};

constexpr OptimizerKind kKinds[] = {
    {"adam", 2, kAdamFlags, make_adam, describe_adam},
    {"sgd", 1, kSgdFlags, make_sgd, describe_sgd},
};

}  // namespace

OptimizerOptions::OptimizerOptions() : kind(&kKinds[0]) {}

std::span<const OptimizerKind> optimizer_kinds() { return kKinds; }

const OptimizerKind& find_optimizer(std::string_view name) {
  std::string known;
  for (const OptimizerKind& kind : kKinds) {
    if (kind.name == name) return kind;
    known += (known.empty() ? "" : ", ") + std::string(kind.name);
  }
  fail(Fault::usage, "unknown optimizer; available: {}", known);
}

std::unique_ptr<Optimizer> make_optimizer(const OptimizerOptions& options, ParameterArena& parameters) {
  return options.kind->make(options, parameters);
}

}  // namespace graft
