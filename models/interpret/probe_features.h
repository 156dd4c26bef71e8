// Features of each block of a trunk for each image: the mean of every channel of the block's output. All blocks are
// computed in one pass over the images.
#pragma once
#include <functional>

#include "engine/data/loader.h"
#include "engine/probe/features.h"
#include "models/model.h"

namespace graft {

struct BlockFeatures {
  std::string layer;  // the last layer of the block, "block3_pool"; "input" for the prepared images
  Features features;  // [images, channels]
};

struct ProbedImages {
  std::vector<BlockFeatures> blocks;  // in order, starting with the input
  std::vector<int32_t> labels;        // [images]
  std::vector<int> samples;           // [images], indices into the split, without unreadable images
};

// Runs the trunk on all samples. Calls done(n) with the number of samples processed, and stops if it returns false.
ProbedImages run_blocks(Device& device, const Model& model, std::span<const Sample> samples,
                        const Preprocess& preprocess, const std::function<bool(int64_t done)>& done);

}  // namespace graft
