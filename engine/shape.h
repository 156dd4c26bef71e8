// Shape of a dense, row-major tensor of up to four dimensions, and the element types.
#pragma once
#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <string>

#include "kernels/api/error.h"

namespace graft {

enum class DType { f32, bf16, u8, i32 };
constexpr size_t size_of(DType t) { return t == DType::u8 ? 1 : t == DType::bf16 ? 2 : 4; }

class Shape {
 public:
  Shape() = default;
  Shape(std::initializer_list<int64_t> dims) {
    require(dims.size() <= 4, "a shape has at most 4 dimensions, not {}", dims.size());
    for (int64_t d : dims) {
      require(d > 0, "a dimension of a shape is {}", d);
      require(d <= INT64_MAX / size(), "a shape of more than 2^63 elements");
      dims_[rank_++] = d;
    }
  }
  int rank() const { return rank_; }
  int64_t operator[](int i) const { return dims_[i]; }
  int extent(int i) const;  // for kernel arguments, which are ints; throws Error (a bug) from 2^31 on
  int64_t size() const {
    int64_t n = 1;
    for (int i = 0; i < rank_; ++i) n *= dims_[i];
    return n;
  }
  // The same shape with another first dimension.
  Shape with0(int64_t d) const {
    Shape s = *this;
    require(d <= INT64_MAX / (size() / dims_[0]), "a shape of more than 2^63 elements");
    s.dims_[0] = d;
    return s;
  }
  // The shape of n of these: one more dimension, for shapes of at most three.
  Shape prepend(int64_t n) const {
    require(rank_ < 4, "{} of {} would have 5 dimensions", n, str());
    Shape s{n};
    for (int i = 0; i < rank_; ++i) s.dims_[s.rank_++] = dims_[i];
    require(n <= INT64_MAX / size(), "a shape of more than 2^63 elements");
    return s;
  }
  std::string str() const {  // "8x224x224x3"
    std::string s;
    for (int i = 0; i < rank_; ++i) s += (i ? "x" : "") + std::to_string(dims_[i]);
    return s;
  }
  bool operator==(const Shape&) const = default;

 private:
  int64_t dims_[4] = {};
  int rank_ = 0;
};

}  // namespace graft

// "{}", so that require() takes the shape and formats it only if it throws.
template <>
struct fmt::formatter<graft::Shape> {
  constexpr auto parse(fmt::format_parse_context& context) { return context.begin(); }
  auto format(const graft::Shape& shape, fmt::format_context& context) const {
    const std::string text = shape.str();
    return std::copy(text.begin(), text.end(), context.out());
  }
};

namespace graft {

inline int Shape::extent(int i) const {
  require(dims_[i] <= INT32_MAX, "dimension {} of {} is 2^31 or more", i, *this);
  return static_cast<int>(dims_[i]);
}

}  // namespace graft
