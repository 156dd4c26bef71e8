#include "engine/uploads.h"

#include <cstring>

namespace graft {

Uploads::~Uploads() {
  const Backend& b = device_.backend();
  for (Place& place : places_)
    if (place.host) b.release_host(place.host);
}

Tensor Uploads::start(Shape shape, std::span<const uint8_t> bytes) {
  const Backend& b = device_.backend();
  if (!b.upload) return Tensor::from_host(device_, shape, bytes);
  require(int64_t(bytes.size()) == shape.size(), "{} bytes for a tensor of {}", bytes.size(), shape);
  Place& place = places_[next_];
  next_ ^= 1;
  b.wait_for_upload(place.upload);  // which has read this slot's host memory
  make_room(place, bytes.size());
  std::memcpy(place.host, bytes.data(), bytes.size());
  const Tensor tensor = place.device.view(0, shape);
  place.upload = b.upload(tensor.u8(), place.host, bytes.size());
  return tensor;
}

void Uploads::make_room(Place& place, size_t bytes) {
  if (bytes <= place.room) return;
  const Backend& b = device_.backend();
  if (place.host) b.release_host(place.host);
  place.host = nullptr, place.room = 0;
  place.host = b.alloc_host(bytes);
  place.device = Tensor::empty(device_, {int64_t(bytes)}, DType::u8);
  place.room = bytes;
  b.sync();  // queued kernels may still use the memory of the new tensor, and copies overtake them
}

}  // namespace graft
