#include "weights/keras_writer.h"

#include <algorithm>

namespace graft {

void KerasWriter::add(const std::string& name, const Shape& shape, std::span<const float> values) {
  const size_t slash = name.rfind('/');
  require(slash != std::string::npos && slash > 0, "parameter {} is not named layer/weight", name);
  const std::string layer = name.substr(0, slash), weight = name + ":0";
  auto at = std::find_if(layers_.begin(), layers_.end(), [&](const auto& l) { return l.first == layer; });
  if (at == layers_.end()) at = layers_.insert(at, {layer, {}});
  at->second.push_back(weight);
  std::vector<int64_t> dims;
  for (int i = 0; i < shape.rank(); ++i) dims.push_back(shape[i]);
  file_.dataset(layer + "/" + weight, dims, values);
}

void KerasWriter::save(const std::filesystem::path& path, const nlohmann::json& record) {
  std::vector<std::string> names;
  for (const auto& [layer, weights] : layers_) {
    names.push_back(layer);
    file_.texts(layer, "weight_names", weights);
  }
  file_.texts("", "layer_names", names);
  file_.text("", "backend", "tensorflow");
  file_.text("", "keras_version", "2.15.0");
  file_.text_dataset(kRecord, record.dump());
  file_.save(path);
}

}  // namespace graft
