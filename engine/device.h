// A device: a backend, a stream and scratch memory. run() is the one way from the engine to a kernel.
#pragma once
#include "kernels/api/backend.h"

namespace graft {

class Device {
 public:
  explicit Device(Backend& backend) : backend_(backend) {}
  ~Device();
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  Backend& backend() const { return backend_; }

  template <class Args>
  void run(const Args& a) {
    validate(a);
    const Variant<Args>& v = table_of(backend_.tables, a).select(a, backend_.info);
    v.run(a, workspace(v.workspace(a)), stream_);
  }

 private:
  void* workspace(size_t bytes);  // grows, never shrinks; shared by all ops of this device

  Backend& backend_;
  Stream stream_;
  void* workspace_ = nullptr;
  size_t workspace_bytes_ = 0;
};

}  // namespace graft
