#include "engine/staged_uploads.h"

#include <cstring>

namespace graft {

StagedUploads::~StagedUploads() {
  const Backend& b = device_.backend();
  for (Slot& slot : slots_)
    if (slot.host) b.release_host(slot.host);
}

Tensor StagedUploads::start(Shape shape, std::span<const uint8_t> bytes) {
  const Backend& b = device_.backend();
  if (!b.upload) return Tensor::from_host(device_, shape, bytes);
  require(int64_t(bytes.size()) == shape.size(), "{} bytes for a tensor of {}", bytes.size(), shape);
  Slot& slot = slots_[next_];
  next_ ^= 1;
  b.wait_for_upload(slot.upload);  // which has read this slot's host memory
  make_room(slot, bytes.size());
  std::memcpy(slot.host, bytes.data(), bytes.size());
  const Tensor tensor = slot.device.view(0, shape);
  slot.upload = b.upload(tensor.u8(), slot.host, bytes.size());
  return tensor;
}

void StagedUploads::make_room(Slot& slot, size_t bytes) {
  if (bytes <= slot.room) return;
  const Backend& b = device_.backend();
  if (slot.host) b.release_host(slot.host);
  slot.host = nullptr, slot.room = 0;
  slot.host = b.alloc_host(bytes);
  slot.device = Tensor::empty(device_, {int64_t(bytes)}, DType::u8);
  slot.room = bytes;
  b.sync();  // queued kernels may still use the memory of the new tensor, and copies overtake them
}

}  // namespace graft
