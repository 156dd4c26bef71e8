#include "models/features/feature_store.h"

namespace graft {
namespace {

Tensor rounded(const Tensor& x, DType dtype) {
  if (dtype == DType::f32) return x;
  const Tensor y = Tensor::empty(x.device(), x.shape(), dtype);
  x.device().run(ToBf16{.size = x.size(), .x = x.f32(), .y = y.bf16()});
  return y;
}

Tensor widened(const Tensor& x) {
  if (x.dtype() == DType::f32) return x;
  const Tensor y = Tensor::empty(x.device(), x.shape());
  x.device().run(FromBf16{.size = x.size(), .x = x.bf16(), .y = y.f32()});
  return y;
}

void* address(const Tensor& t) {
  return t.dtype() == DType::f32 ? static_cast<void*>(t.f32()) : static_cast<void*>(t.bf16());
}

class MemoryStore : public FeatureStore {
 public:
  MemoryStore(Device& device, const Shape& one, DType dtype, int64_t rows)
      : one_(one), rows_(Tensor::empty(device, one.prepend(rows), dtype)) {}
  ~MemoryStore() override { rows_.zero(); }  // see FrozenTrunk::release_buffers()

  int append(const Tensor& x, std::span<const std::string> keys) override {
    const int first = used_;
    used_ += int(keys.size());
    rows_.slice0(first, used_).copy_from(rounded(x, rows_.dtype()));
    return first;
  }
  Tensor gather(std::span<const int> rows) const override {
    const Tensor x = Tensor::empty(rows_.device(), one_.prepend(int64_t(rows.size())), rows_.dtype());
    for (int64_t i = 0; i < int64_t(rows.size()); ++i)
      x.slice0(i, i + 1).copy_from(rows_.slice0(rows[size_t(i)], rows[size_t(i)] + 1));
    return widened(x);
  }
  std::vector<int> find(std::span<const std::string> keys) override { return std::vector<int>(keys.size(), -1); }
  void finish() override { rows_.device().backend().sync(); }  // so that time measurements include queued kernels

 private:
  Shape one_;
  Tensor rows_;
  int used_ = 0;
};

class FileStore : public FeatureStore {
 public:
  FileStore(Device& device, const Shape& one, DType dtype, const std::filesystem::path& cache,
            nlohmann::json context)
      : device_(device),
        one_(one),
        dtype_(dtype),
        row_bytes_(size_t(one.size()) * size_of(dtype)),
        files_(cache, std::move(context), row_bytes_) {}

  int append(const Tensor& x, std::span<const std::string> keys) override {
    const Tensor y = rounded(x, dtype_);
    std::vector<std::byte> bytes(y.bytes());
    device_.backend().to_host(bytes.data(), address(y), bytes.size());
    int first = -1;
    for (size_t i = 0; i < keys.size(); ++i) {
      const int row = files_.append(keys[i], std::span(bytes).subspan(i * row_bytes_, row_bytes_));
      if (i == 0) first = row;
    }
    return first;
  }
  Tensor gather(std::span<const int> rows) const override {
    std::vector<std::byte> bytes(rows.size() * row_bytes_);
    for (size_t i = 0; i < rows.size(); ++i)
      files_.read(rows[i], std::span(bytes).subspan(i * row_bytes_, row_bytes_));
    const Tensor x = Tensor::empty(device_, one_.prepend(int64_t(rows.size())), dtype_);
    device_.backend().from_host(address(x), bytes.data(), bytes.size());
    return widened(x);
  }
  std::vector<int> find(std::span<const std::string> keys) override { return files_.find(keys); }
  void finish() override { files_.flush(); }
  std::vector<std::string> notes() const override { return files_.notes(); }

 private:
  Device& device_;
  Shape one_;
  DType dtype_;
  size_t row_bytes_;
  FeatureFiles files_;
};

}  // namespace

std::unique_ptr<FeatureStore> store_in_memory(Device& device, const Shape& one, DType dtype, int64_t rows) {
  return std::make_unique<MemoryStore>(device, one, dtype, rows);
}

std::unique_ptr<FeatureStore> store_in_files(Device& device, const Shape& one, DType dtype,
                                             const std::filesystem::path& cache, nlohmann::json context) {
  return std::make_unique<FileStore>(device, one, dtype, cache, std::move(context));
}

}  // namespace graft
