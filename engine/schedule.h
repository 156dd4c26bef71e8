// Learning rates over the steps of a phase: linear warm-up (--warmup-steps), then the schedule.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace graft {

struct Schedule {
  enum Kind { constant, cosine, step, plateau } kind = constant;
  double floor = 0;     // cosine: share of the rate that is left at the end
  double factor = 0.1;  // step, plateau: factor on the rate
  int every = 10;       // step: epochs between reductions
  int patience = 3;     // plateau: epochs without improvement before a reduction
};

// "constant", "cosine[:floor=0]", "step[:every=10,factor=0.1]", "plateau[:patience=3,factor=0.1]". Throws a usage
// error that names the problem and the choices.
Schedule parse_schedule(std::string_view text);
std::string describe(const Schedule& schedule);  // spelled out: parse_schedule(describe(s)) == s

// The position of a step in its phase.
struct PhasePlace {
  int64_t step = 0;             // done in this phase
  int64_t steps = 1;            // of the whole phase
  int64_t steps_per_epoch = 1;  // "step" reduces only between epochs
};

// The factor on the learning rate. Warm-up: (step + 1) / warmup_steps. Cosine: PyTorch's CosineAnnealingLR over the
// steps after the warm-up. Excludes plateau reductions.
double rate_factor(const Schedule& schedule, int64_t warmup_steps, const PhasePlace& at);

}  // namespace graft
