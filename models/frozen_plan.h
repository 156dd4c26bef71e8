// The inference plan of frozen layers: the batch sizes, and the buffer of each activation. A buffer is reused as
// soon as no later layer reads its contents: a chain of layers needs two buffers, a residual block three.
// The plan depends on the graph alone; FrozenTrunk executes it, and the memory plan counts its bytes.
#pragma once
#include <span>

#include "kernels/api/table.h"
#include "models/graph.h"

namespace graft {

// One kernel call: computes the output of layer `result` from the inputs of layer `layer`. The two differ where a
// convolution includes the pool after it.
struct PlanStep {
  int layer, result;
};

constexpr int kNoBuffer = -1;

struct BufferPlan {
  int input = kNoBuffer;     // holds the input of the first step; kNoBuffer if it is stored elsewhere
  std::vector<int> results;  // output buffer of each step
  int count = 0;
};

// Assigns buffers to steps that compute consecutive layers of the graph, in order. Throws Error (bug) if they read
// any earlier value besides the input of the first.
BufferPlan plan_buffers(const Graph& graph, std::span<const PlanStep> steps, bool buffers_input);

// Shallow layers, with their large activations, process `shallow_batch` images at once. Deep layers, from
// `deep_begin` on, process `deep_batch`: more work each time that the filters are read.
struct FrozenPlan {
  int64_t shallow_batch = 0, deep_batch = 0;  // images
  int deep_begin = 0;                         // a layer after a pool; images_end() if no layer is deep
  int buffers = 0;
  int64_t buffer_bytes = 0;      // of each
  int64_t deep_input_bytes = 0;  // input of layer `deep_begin` for a deep batch; 0 if no layer is deep

  int64_t images(int layer) const { return layer < deep_begin ? shallow_batch : deep_batch; }
  int64_t bytes() const { return buffers * buffer_bytes + deep_input_bytes; }
};

// The first layer of [0, end) whose output is a vector and not a feature map (h,w,c), such as gap or flatten; `end`
// if there is none.
int images_end(const Graph& graph, int end);

// Plans layers [0, end), end > 0, for n images, with activations in f32 or bf16.
FrozenPlan plan_frozen(const Graph& graph, int end, int64_t n, const DeviceInfo& device, Precision precision);

}  // namespace graft
