// Uploads batches of bytes to the device while it computes. Two buffers on the host and two on the device are used
// in turn: while the kernels read one batch, the next is copied. Where kernels run synchronously there is nothing
// to overlap, and the bytes are simply copied.
#pragma once
#include "engine/tensor.h"

namespace graft {

class StagedUploads {
 public:
  explicit StagedUploads(Device& device) : device_(device) {}
  ~StagedUploads();
  StagedUploads(const StagedUploads&) = delete;
  StagedUploads& operator=(const StagedUploads&) = delete;

  // A u8 tensor with these bytes; `bytes` may be changed afterwards. All kernels that read the tensor must be
  // queued before the next call; the call after that overwrites it.
  Tensor start(Shape shape, std::span<const uint8_t> bytes);

 private:
  struct Slot {
    void* host = nullptr;
    size_t room = 0;
    Tensor device;       // u8 [room]
    int64_t upload = 0;  // the one that reads `host`
  };
  void make_room(Slot& slot, size_t bytes);

  Device& device_;
  Slot slots_[2];
  int next_ = 0;
};

}  // namespace graft
