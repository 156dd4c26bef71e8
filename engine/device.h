// A device: a backend, the choice among its kernels, a stream and scratch memory. run() is the only way from the
// engine to a kernel.
#pragma once
#include "kernels/api/policy.h"

namespace graft {

class Device {
 public:
  // The backend must outlive it. Throws a usage error if the backend lacks what the policy asks for.
  explicit Device(const Backend& backend, KernelPolicy policy = {});
  ~Device();
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  const Backend& backend() const { return backend_; }
  const KernelPolicy& policy() const { return policy_; }

  // The variant that run(a) runs. Throws a usage error if a picked one does not support these sizes.
  template <class Args>
  const Variant<Args>& select(const Args& a) const {
    return graft::select(backend_, policy_, a);
  }

  template <class Args>
  void run(const Args& a) {
    validate(a);
    const Variant<Args>& v = select(a);
    v.run(a, workspace(v.workspace(a)), stream_);
  }

 private:
  void* workspace(size_t bytes);  // grows, never shrinks; shared by all ops of this device

  const Backend& backend_;
  const KernelPolicy policy_;
  Stream stream_;
  void* workspace_ = nullptr;
  size_t workspace_bytes_ = 0;
};

}  // namespace graft
