// Device memory of one measurement, filled with the same noise in every run. As the Binder of an op's arguments it
// makes buffers of benchmark size, with outputs that are NaN until a kernel writes them.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "bench/check.h"
#include "kernels/api/backend.h"
#include "kernels/testing/binder.h"

namespace graft::bench {

class Memory final : public test::Binder {
 public:
  // With `sparse`, half of the elements of fills that represent a ReLU's output are zero, as in a network.
  explicit Memory(const Backend& backend, bool sparse = false) : backend_(backend), sparse_(sparse) {}
  ~Memory() override;
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  float* noise(int64_t count, float from = -1, float to = 1);  // uniform
  Bf16* noise_bf16(int64_t count, float from = -1, float to = 1);
  uint8_t* bytes(int64_t count);             // any
  int32_t* whole(int64_t count, int limit);  // [0, limit)
  float* output(int64_t count);              // NaN
  float* empty(int64_t count);               // undefined
  Bf16* empty_bf16(int64_t count);
  void* workspace(size_t bytes);

  void reset();  // restores outputs and modified inputs to their initial values
  size_t bytes_in_all() const;
  std::vector<Sample> samples() const;  // of each output and each modified input

 private:
  using Type = test::Type;
  struct Block {
    void* at;
    Type type;
    int64_t count;
    bool written;                 // by the op
    std::vector<std::byte> tile;  // repeated over the block; empty: never filled
  };
  void* add(Role role, Type type, int64_t count, test::Fill fill) override;
  void* add(Type type, int64_t count, bool written, std::vector<std::byte> tile);
  std::vector<std::byte> tile_for(Type type, int64_t count, test::Fill fill);
  float draw(test::Fill::Kind kind);
  template <class T, class Draw>
  std::vector<std::byte> tile_of(int64_t count, const Draw& draw);
  std::vector<std::byte> poison(Type type, int64_t count) const;
  float uniform(float from, float to);
  uint32_t next();
  void fill(const Block& block);
  Sample sample(const Block& block) const;

  const Backend& backend_;
  bool sparse_;
  uint32_t state_ = 1;
  std::vector<Block> blocks_;
};

}  // namespace graft::bench
