#include "tools/options/train_config.h"

#include <algorithm>

namespace graft {

const char* name(Monitor m) { return m == Monitor::val_loss ? "val_loss" : "val_accuracy"; }

int64_t batches_of_a_pass(const ScheduleOptions& s, size_t images) {
  return (int64_t(images) + s.batch - 1) / s.batch;
}

int64_t steps_of_an_epoch(const ScheduleOptions& s, size_t images) {
  return s.steps_per_epoch ? s.steps_per_epoch : batches_of_a_pass(s, images);
}

int64_t passes_of_a_run(const ScheduleOptions& s, size_t images) {
  const int64_t batches = batches_of_a_pass(s, images), steps = s.epochs * steps_of_an_epoch(s, images);
  return (steps + batches - 1) / batches;
}

int kept_views(const TrainConfig& c, size_t images) {
  return int(std::min<int64_t>(c.data.augment_views, passes_of_a_run(c.schedule, images)));
}

std::string describe_trained(const TrainableFrom& from) {
  switch (from.kind) {
    case TrainableFrom::Kind::none:
      return "the head; the trunk was frozen";
    case TrainableFrom::Kind::all:
      return "the head and the whole trunk";
    case TrainableFrom::Kind::name:
      break;
  }
  return "the head, and the trunk from " + from.name;
}

}  // namespace graft
