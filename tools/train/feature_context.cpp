#include "tools/train/feature_context.h"

#include <nlohmann/json.hpp>

#include "engine/base/hash.h"
#include "tools/version.h"

namespace graft {
namespace {

// Hashes the values and not the file, since another file may hold the same weights.
std::string frozen_weights(Model& model, int end) {
  Hasher hash(Hasher::sha256);
  for (int i = 0; i < end; ++i) {
    for (const Parameter* p : model.layers()[size_t(i)].parameters) {
      const std::vector<float> values = p->value.to_host();
      hash.update(p->name);
      hash.update(values.data(), values.size() * sizeof(float));
    }
  }
  return hash.hex();
}

// "CPU (AVX3, 2 threads)" without the threads: no bit depends on them.
std::string processor(const Backend& backend) { return backend.info.name.substr(0, backend.info.name.find(", ")); }

}  // namespace

nlohmann::json feature_context(const FrozenTrunk& trunk, Model& model, const Preprocess& preprocess, DType stored) {
  const Backend& backend = trunk.device().backend();
  return {{"program", kVersion},
          {"trunk", model.config().trunk},
          {"last_layer", model.layers()[trunk.end() - 1].name},  // independent of the head after it
          {"preprocess", to_json(preprocess)},
          {"weights", frozen_weights(model, trunk.end())},
          {"precision", name(trunk.device().policy().precision)},
          {"stored", stored == DType::bf16 ? "bf16" : "f32"},
          {"backend", backend.name},
          {"processor", processor(backend)},
          {"kernels", trunk.kernels()}};
}

std::vector<std::string> feature_keys(std::span<const Sample> samples, const Augment& augment, uint64_t seed,
                                      int views) {
  std::vector<std::string> keys;
  if (views == 0)
    for (const Sample& s : samples) keys.push_back(s.digest);
  for (int view = 0; view < views; ++view)
    for (size_t i = 0; i < samples.size(); ++i)
      keys.push_back(sha256(
          fmt::format("{}|{}|seed {}|view {}|sample {}", samples[i].digest, describe(augment), seed, view, i)));
  return keys;
}

}  // namespace graft
