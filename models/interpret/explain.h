// Images in, Grad-CAM maps out: for `explain` and for the pictures of a report.
#pragma once
#include <functional>

#include "engine/data/preprocess.h"
#include "models/interpret/gradcam.h"

namespace graft {

struct Explained {
  size_t index = 0;  // of the path
  Image fitted;      // what the model saw
  ClassMap map;
};

// explain_images() for some model: paths, classes, layer, batch, done, failed.
using ExplainImages = std::function<void(const std::vector<std::filesystem::path>&, std::span<const int>, int, int,
                                         const std::function<void(const Explained&)>&,
                                         const std::function<void(size_t, const std::string&)>&)>;

// Each image that can be read, in order, in batches; unreadable ones go to failed(index, message). classes[i] is
// explained for path i, or the predicted class.
void explain_images(Device& device, const Model& model, const Preprocess& preprocess,
                    const std::vector<std::filesystem::path>& paths, std::span<const int> classes, int layer,
                    int batch, const std::function<void(const Explained&)>& done,
                    const std::function<void(size_t index, const std::string& message)>& failed);

}  // namespace graft
