// A dense, row-major tensor on a device: shared storage, a shape, an offset. Copying a Tensor copies the handle.
// The only views are reshape and a slice of dimension 0; there are no strides.
#pragma once
#include <memory>
#include <span>
#include <vector>

#include "engine/device.h"
#include "engine/shape.h"

namespace graft {

class Tensor {
 public:
  Tensor() = default;  // no tensor: defined() is false

  static Tensor empty(Device& device, Shape shape, DType dtype = DType::f32);  // contents undefined
  static Tensor zeros(Device& device, Shape shape, DType dtype = DType::f32);
  static Tensor from_host(Device& device, Shape shape, std::span<const float> values);
  static Tensor from_host(Device& device, Shape shape, std::span<const int32_t> values);
  static Tensor from_host(Device& device, Shape shape, std::span<const uint8_t> values);

  bool defined() const { return storage_ != nullptr; }
  const Shape& shape() const { return shape_; }
  DType dtype() const { return dtype_; }
  Device& device() const { return storage_->device; }
  int64_t size() const { return shape_.size(); }
  size_t bytes() const { return size_t(size()) * size_of(dtype_); }

  // Device pointers. The element type is checked.
  float* f32() const { return static_cast<float*>(data(DType::f32)); }
  Bf16* bf16() const { return static_cast<Bf16*>(data(DType::bf16)); }
  uint8_t* u8() const { return static_cast<uint8_t*>(data(DType::u8)); }
  int32_t* i32() const { return static_cast<int32_t*>(data(DType::i32)); }

  Tensor reshape(Shape shape) const;                // same storage, same number of elements
  Tensor slice0(int64_t begin, int64_t end) const;  // rows [begin, end) of dimension 0
  Tensor view(int64_t offset, Shape shape) const;   // elements [offset, offset + size) of a 1-d tensor

  void copy_from_host(std::span<const float> values) const;  // values.size() == size()
  void copy_from(const Tensor& other) const;                 // same size and type, same device
  std::vector<float> to_host() const;
  void zero() const;

 private:
  struct Storage {
    Device& device;
    void* data;
    Storage(Device& d, size_t bytes) : device(d), data(d.backend().alloc(bytes)) {}
    ~Storage() { device.backend().release(data); }
    Storage(const Storage&) = delete;
    Storage& operator=(const Storage&) = delete;
  };
  void* data(DType expected) const;
  static Tensor copied(Device& device, Shape shape, DType dtype, const void* host, size_t count);

  std::shared_ptr<Storage> storage_;
  Shape shape_;
  DType dtype_ = DType::f32;
  int64_t offset_ = 0;  // elements
};

}  // namespace graft
