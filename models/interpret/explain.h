// Grad-CAM maps of image files, for `explain` and for the pictures of a report.
#pragma once
#include <functional>

#include "engine/data/preprocess.h"
#include "models/interpret/gradcam.h"

namespace graft {

struct Explained {
  size_t index = 0;  // of the path
  Image fitted;      // the image as the model saw it
  ClassMap map;
};

// explain_images() bound to a model: (paths, classes, layer, batch, done, failed).
using ExplainImages = std::function<void(const std::vector<std::filesystem::path>&, std::span<const int>, int, int,
                                         const std::function<void(const Explained&)>&,
                                         const std::function<void(size_t, const std::string&)>&)>;

// Explains class classes[i] (or kPredictedClass) of each image paths[i], in order, in batches of `batch`, by the
// output of the convolution `layer`. Calls done() for each, and failed(index, message) for an unreadable image.
void explain_images(Device& device, const Model& model, const Preprocess& preprocess,
                    const std::vector<std::filesystem::path>& paths, std::span<const int> classes, int layer,
                    int batch, const std::function<void(const Explained&)>& done,
                    const std::function<void(size_t index, const std::string& message)>& failed);

}  // namespace graft
