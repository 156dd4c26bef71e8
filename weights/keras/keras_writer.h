// Writes weights in the layout of Keras 2: <layer>/<layer>/kernel:0, with lists of names in attributes.
#pragma once
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/shape.h"
#include "weights/hdf5/h5_writer.h"
#include "weights/keras/values_digest.h"

namespace graft {

class KerasWriter {
 public:
  // Our record is stored beside Keras' groups as a scalar text,
  // with a digest of the values: attributes are limited to 64 KiB.
  static constexpr const char* kRecord = "graft";
  // A root attribute that says that there is a record: otherwise a
  // damaged name would make it look like a file of another program.
  static constexpr const char* kHasRecord = "graft_record";

  // "layer/kernel" or "layer/bias", kernels first. Layers keep
  // the order of their first weight, as Keras loads by order.
  void add(const std::string& name, const Shape& shape, std::span<const float> values);
  // Returns the SHA-256 of the file.
  std::string save(const std::filesystem::path& path, const nlohmann::json& record);

 private:
  struct Layer {
    std::string name;
    std::vector<std::string> weight_names;
    std::vector<TensorDigest> digests;
  };

  H5Writer file_;
  std::vector<Layer> layers_;
};

}  // namespace graft
