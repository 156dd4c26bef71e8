// Estimates the device memory that training needs before it starts, so that a batch that does not fit is refused at
// once, naming the largest that does, and not by a failed allocation in the middle of an epoch.
#pragma once
#include <string>

#include "kernels/api/backend.h"
#include "models/model.h"

namespace graft {

struct PlanOptions {
  int batch = 32;
  int optimizer_copies = 2;   // per trained weight: Adam 2, SGD with momentum 1
  int64_t cached_images = 0;  // in the feature cache; 0: features are computed for every batch
};

struct MemoryPlan {  // bytes
  int64_t weights = 0, gradients = 0, optimizer = 0;
  int64_t cache = 0;      // feature cache
  int64_t frozen = 0;     // one batch in the frozen layers: input, buffers and output
  int64_t trained = 0;    // peak of the activations and gradients of the trained layers
  int64_t testing = 0;    // one batch through the whole trunk
  int64_t workspace = 0;  // scratch memory of the kernels
  // With a feature cache, frozen and trained layers run one after the other; without, the buffers of both exist.
  int64_t total() const;
};

// Plans for a model after set_trainable(), with the kernels that the device selects. An upper bound for f32, except
// that it excludes fragmentation of the arena.
MemoryPlan plan_memory(const Model& model, const Device& device, const PlanOptions& options);

// Returns the largest batch up to options.batch whose plan fits into `bytes`; 0 if none does.
int largest_batch(const Model& model, const Device& device, PlanOptions options, int64_t bytes);

std::string describe(const MemoryPlan& plan);  // human-readable lines

}  // namespace graft
