#include "engine/device.h"

#include <utility>

namespace graft {

Device::Device(const Backend& backend, KernelPolicy policy) : backend_(backend), policy_(std::move(policy)) {
  check_policy(backend_, policy_);
}

Device::~Device() { backend_.release(workspace_); }

void* Device::workspace(size_t bytes) {
  if (bytes > workspace_bytes_) {
    backend_.release(workspace_);
    workspace_ = nullptr, workspace_bytes_ = 0;
    workspace_ = backend_.alloc(bytes);
    workspace_bytes_ = bytes;
  }
  return workspace_;
}

}  // namespace graft
