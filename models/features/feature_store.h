// Storage of a feature cache: in device memory, or in files that other runs reuse. Both return the same values that
// were stored, in f32 or rounded once to bf16, as configured.
#pragma once
#include <memory>
#include <span>

#include "engine/tensor.h"
#include "models/features/feature_files.h"

namespace graft {

class FeatureStore {
 public:
  virtual ~FeatureStore() = default;
  // Adds x f32 [n, ...], one row per key. Returns the number of the first row; the others follow it.
  virtual int append(const Tensor& x, std::span<const std::string> keys) = 0;
  virtual Tensor gather(std::span<const int> rows) const = 0;  // returns f32 [rows, ...]
  // Returns the number of the stored row of each key, -1 if there is none.
  virtual std::vector<int> find(std::span<const std::string> keys) = 0;
  virtual void finish() = 0;                                     // to be called after the last append()
  virtual std::vector<std::string> notes() const { return {}; }  // warnings for the user
};

// `one`: shape of a row; dtype: f32 or bf16. Throws Error (resources) if memory for `rows` rows is insufficient.
std::unique_ptr<FeatureStore> store_in_memory(Device& device, const Shape& one, DType dtype, int64_t rows);

// `context`: all that the rows depend on besides their keys.
std::unique_ptr<FeatureStore> store_in_files(Device& device, const Shape& one, DType dtype,
                                             const std::filesystem::path& cache, nlohmann::json context);

}  // namespace graft
