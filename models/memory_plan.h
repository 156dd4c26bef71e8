// What a training needs of the device's memory, counted from the model before it starts: so that a batch that does
// not fit is refused at once, with the largest that does, and not by an allocation in the middle of an epoch.
#pragma once
#include <string>

#include "kernels/api/backend.h"
#include "models/model.h"

namespace graft {

struct PlanOptions {
  int batch = 32;
  int optimizer_copies = 2;   // of the trained weights: Adam 2, SGD with momentum 1
  int64_t cached_images = 0;  // whose outputs of the frozen layers are kept; 0: computed for every batch
};

struct MemoryPlan {  // bytes
  int64_t weights = 0, gradients = 0, optimizer = 0;
  int64_t cache = 0;
  int64_t frozen = 0;     // a batch on its way through the frozen layers: buffers, input and output
  int64_t trained = 0;    // activations and gradients of the trained layers, at their peak
  int64_t testing = 0;    // a batch through the whole trunk
  int64_t workspace = 0;  // scratch memory of the kernels
  // Frozen layers whose outputs are kept have run before the others train; else their buffers stay.
  int64_t total() const;
};

// The model has been told what trains (set_trainable); the kernels are those that the device would choose. An
// upper bound, in f32; what lies between the arena's blocks is not in it.
MemoryPlan plan_memory(const Model& model, const Device& device, const PlanOptions& options);

// The largest batch up to options.batch whose plan fits into `bytes`; 0 if none does.
int largest_batch(const Model& model, const Device& device, PlanOptions options, int64_t bytes);

std::string describe(const MemoryPlan& plan);  // lines for people

}  // namespace graft
