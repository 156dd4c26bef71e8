#include "models/interpret/explain.h"

namespace graft {

void explain_images(Device& device, const Model& model, const Preprocess& preprocess,
                    const std::vector<std::filesystem::path>& paths, std::span<const int> classes, int layer,
                    int batch, const std::function<void(const Explained&)>& done,
                    const std::function<void(size_t, const std::string&)>& failed) {
  std::vector<Explained> ready;
  std::vector<uint8_t> pixels;
  std::vector<int> wanted;
  const auto flush = [&] {
    if (ready.empty()) return;
    const Tensor images = Tensor::from_host(device, {int64_t(ready.size()), preprocess.size, preprocess.size, 3},
                                            std::span<const uint8_t>(pixels));
    std::vector<ClassMap> maps = grad_cam(model, prepare(device, images, preprocess), layer, wanted);
    for (size_t i = 0; i < ready.size(); ++i) {
      ready[i].map = std::move(maps[i]);
      done(ready[i]);
    }
    ready.clear(), pixels.clear(), wanted.clear();
  };
  for (size_t i = 0; i < paths.size(); ++i) {
    try {
      ready.push_back({i, read_image(paths[i], preprocess), {}});
    } catch (const Error& e) {
      if (e.fault() != Fault::data) throw;
      failed(i, e.what());
      continue;
    }
    pixels.insert(pixels.end(), ready.back().fitted.rgb.begin(), ready.back().fitted.rgb.end());
    wanted.push_back(classes[i]);
    if (int(ready.size()) == batch) flush();
  }
  flush();
}

}  // namespace graft
