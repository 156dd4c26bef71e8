// Where the outputs of frozen layers are kept: in the memory of the device, or in files that other runs use again.
// Both give what was put in, in f32, or rounded once to bf16 where the user asked for that.
#pragma once
#include <memory>
#include <span>

#include "engine/tensor.h"
#include "models/features/feature_files.h"

namespace graft {

class FeatureStore {
 public:
  virtual ~FeatureStore() = default;
  // x [n, ...] f32: a row for each key, numbered on from the first that is returned.
  virtual int append(const Tensor& x, std::span<const std::string> keys) = 0;
  virtual Tensor gather(std::span<const int> rows) const = 0;  // [rows, ...] f32
  // Rows that are there already, by key; -1 for the others.
  virtual std::vector<int> find(std::span<const std::string> keys) = 0;
  virtual void finish() = 0;  // all rows are there
  virtual std::vector<std::string> notes() const { return {}; }
};

// `one`: shape of a row; dtype: f32 or bf16. Throws Error (resources) when `rows` of them do not fit.
std::unique_ptr<FeatureStore> store_in_memory(Device& device, const Shape& one, DType dtype, int64_t rows);

// `context`: what the rows depend on besides what their keys say.
std::unique_ptr<FeatureStore> store_in_files(Device& device, const Shape& one, DType dtype,
                                             const std::filesystem::path& cache, nlohmann::json context);

}  // namespace graft
