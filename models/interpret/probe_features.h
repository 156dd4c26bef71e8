// What each block of a trunk says about each image: the mean over the image of every channel. One pass over the
// images gives the outputs of all blocks.
#pragma once
#include <functional>

#include "engine/data/loader.h"
#include "engine/probe/features.h"
#include "models/model.h"

namespace graft {

struct BlockFeatures {
  std::string layer;  // the last of the block, "block3_pool"; "input" for the prepared images themselves
  Features features;  // [images, channels]
};

struct ProbedImages {
  std::vector<BlockFeatures> blocks;  // from the input up
  std::vector<int32_t> labels;        // [images]
  std::vector<int> samples;           // [images], indices into the split: broken images are left out
};

// done(n) is told how many images are ready; false stops it.
ProbedImages run_blocks(Device& device, const Model& model, std::span<const Sample> samples,
                        const Preprocess& preprocess, const std::function<bool(int64_t done)>& done);

}  // namespace graft
