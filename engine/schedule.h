// Learning rates over the steps of a phase: a linear rise (--warmup-steps), then the schedule.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace graft {

struct Schedule {
  enum Kind { constant, cosine, step, plateau } kind = constant;
  double floor = 0;     // cosine: share of the rate that is left at the end
  double factor = 0.1;  // step, plateau: what the rate is multiplied by
  int every = 10;       // step: epochs between two falls
  int patience = 3;     // plateau: epochs without a better value before a fall
};

// "constant", "cosine[:floor=0]", "step[:every=10,factor=0.1]", "plateau[:patience=3,factor=0.1]". A usage error
// names what is wrong and what there is.
Schedule parse_schedule(std::string_view text);
std::string describe(const Schedule& schedule);  // spelled out: parse_schedule gives it back

// Where a step is in its phase.
struct PhasePlace {
  int64_t step = 0;             // done in this phase
  int64_t steps = 1;            // of the whole phase
  int64_t steps_per_epoch = 1;  // so that "step" falls between epochs
};

// What the learning rate is multiplied by. Rise: (step + 1) / warmup_steps. Cosine: PyTorch's CosineAnnealingLR
// over the steps behind the rise. What a plateau has cost so far is not in it.
double rate_factor(const Schedule& schedule, int64_t warmup_steps, const PhasePlace& at);

}  // namespace graft
