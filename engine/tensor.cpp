#include "engine/tensor.h"

namespace graft {

Tensor Tensor::empty(Device& device, Shape shape, DType dtype) {
  Tensor t;
  t.storage_ = std::make_shared<Storage>(device, size_t(shape.size()) * size_of(dtype));
  t.shape_ = shape;
  t.dtype_ = dtype;
  return t;
}

Tensor Tensor::zeros(Device& device, Shape shape, DType dtype) {
  Tensor t = empty(device, shape, dtype);
  t.zero();
  return t;
}

Tensor Tensor::copied(Device& device, Shape shape, DType dtype, const void* host, size_t count) {
  require(int64_t(count) == shape.size(), "{} values for a tensor of {}", count, shape);
  Tensor t = empty(device, shape, dtype);
  device.backend().from_host(t.data(dtype), host, t.bytes());
  return t;
}
Tensor Tensor::from_host(Device& device, Shape shape, std::span<const float> values) {
  return copied(device, shape, DType::f32, values.data(), values.size());
}
Tensor Tensor::from_host(Device& device, Shape shape, std::span<const int32_t> values) {
  return copied(device, shape, DType::i32, values.data(), values.size());
}
Tensor Tensor::from_host(Device& device, Shape shape, std::span<const uint8_t> values) {
  return copied(device, shape, DType::u8, values.data(), values.size());
}

void* Tensor::data(DType expected) const {
  require(defined(), "use of an undefined tensor");
  require(dtype_ == expected, "a tensor of {} has another element type than asked for", shape_);
  return static_cast<char*>(storage_->data) + size_t(offset_) * size_of(dtype_);
}

Tensor Tensor::reshape(Shape shape) const {
  require(shape.size() == size(), "{} cannot be reshaped to {}", shape_, shape);
  Tensor t = *this;
  t.shape_ = shape;
  return t;
}

Tensor Tensor::slice0(int64_t begin, int64_t end) const {
  require(0 <= begin && begin < end && end <= shape_[0], "rows {}..{} of {}", begin, end, shape_);
  Tensor t = *this;
  t.offset_ += begin * (size() / shape_[0]);
  t.shape_ = shape_.with0(end - begin);
  return t;
}

Tensor Tensor::view(int64_t offset, Shape shape) const {
  require(shape_.rank() == 1 && offset >= 0 && offset + shape.size() <= size(), "{} at {} is outside {}", shape,
          offset, shape_);
  Tensor t = *this;
  t.offset_ += offset;
  t.shape_ = shape;
  return t;
}

void Tensor::copy_from_host(std::span<const float> values) const {
  require(int64_t(values.size()) == size(), "{} values for a tensor of {}", values.size(), shape_);
  device().backend().from_host(f32(), values.data(), bytes());
}

void Tensor::copy_from(const Tensor& other) const {
  require(other.size() == size() && other.dtype() == dtype_, "copy of {} to {}", other.shape(), shape_);
  device().backend().copy(data(dtype_), other.data(dtype_), bytes());
}

std::vector<float> Tensor::to_host() const {
  std::vector<float> values(static_cast<size_t>(size()));
  device().backend().to_host(values.data(), f32(), bytes());
  return values;
}

void Tensor::zero() const { device().backend().zero(data(dtype_), bytes()); }

}  // namespace graft
