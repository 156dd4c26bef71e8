// Writes weights in the layout of Keras 2: <layer>/<layer>/kernel:0, with lists of names in attributes.
#pragma once
#include <filesystem>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/shape.h"
#include "weights/h5_writer.h"

namespace graft {

class KerasWriter {
 public:
  // Our record lies beside Keras' groups as a scalar text: attributes are limited to 64 KiB.
  static constexpr const char* kRecord = "graft";

  // "layer/kernel" or "layer/bias", kernels first. Layers keep the order of their first weight: Keras loads by
  // order.
  void add(const std::string& name, const Shape& shape, std::span<const float> values);
  void save(const std::filesystem::path& path, const nlohmann::json& record);

 private:
  H5Writer file_;
  std::vector<std::pair<std::string, std::vector<std::string>>> layers_;  // with their weight_names
};

}  // namespace graft
