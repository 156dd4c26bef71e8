// Device memory of one measurement, filled with noise that is equal in every run.
#pragma once
#include <cstdint>
#include <vector>

#include "kernels/api/backend.h"

namespace graft::bench {

class Memory {
 public:
  explicit Memory(Backend& backend) : backend_(backend) {}
  ~Memory();
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  float* noise(int64_t count, float from = -1, float to = 1);  // uniform
  Bf16* noise_bf16(int64_t count, float from = -1, float to = 1);
  float* output(int64_t count);  // NaN until a kernel writes it
  Bf16* output_bf16(int64_t count);
  float* empty(int64_t count);                     // undefined
  uint8_t* bytes(int64_t count, int limit = 256);  // [0, limit)
  int32_t* whole(int64_t count, int limit);        // [0, limit)
  void* workspace(size_t bytes);

  // All outputs, one after the other, on the host.
  std::vector<float> outputs() const;

 private:
  void* add(size_t bytes);
  void* add(const void* host, size_t bytes);

  struct Output {
    const void* at;
    int64_t count;
    bool is_bf16;
  };
  Backend& backend_;
  uint32_t state_ = 1;
  std::vector<void*> blocks_;
  std::vector<Output> outputs_;
};

}  // namespace graft::bench
