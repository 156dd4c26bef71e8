#include "weights/keras/keras_writer.h"

#include <algorithm>

#include "engine/base/threads.h"
#include "engine/parameter.h"

namespace graft {

void KerasWriter::add(const std::string& name, const Shape& shape, std::span<const float> values) {
  const std::string layer = parse_parameter_name(name).layer, weight = name + ":0";
  auto at = std::find_if(layers_.begin(), layers_.end(), [&](const auto& l) { return l.name == layer; });
  if (at == layers_.end()) at = layers_.insert(at, {layer, {}, {}});
  at->weight_names.push_back(weight);
  std::vector<int64_t> dims;
  for (int i = 0; i < shape.rank(); ++i) dims.push_back(shape[i]);
  const std::string place = layer + "/" + weight;
  // Computing a digest takes as long as the copy into the file.
  std::future<TensorDigest> digest = run_beside([&] { return digest_of(place, dims, values); });
  file_.dataset(place, dims, values);
  at->digests.push_back(digest.get());
}

std::string KerasWriter::save(const std::filesystem::path& path, const nlohmann::json& record) {
  std::vector<std::string> names;
  std::vector<TensorDigest> digests;
  for (const Layer& layer : layers_) {
    names.push_back(layer.name);
    file_.texts(layer.name, "weight_names", layer.weight_names);
    digests.insert(digests.end(), layer.digests.begin(), layer.digests.end());
  }
  file_.texts("", "layer_names", names);
  file_.text("", "backend", "tensorflow");
  file_.text("", "keras_version", "2.15.0");
  file_.text("", kHasRecord, kRecord);
  file_.text_dataset(kRecord, sealed(record, digest_of(digests)));
  return file_.save(path);
}

}  // namespace graft
