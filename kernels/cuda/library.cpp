#include "kernels/cuda/library.h"

#include <dlfcn.h>

namespace graft::cuda {

Library::Library(std::initializer_list<const char*> names) {
  for (const char* name : names) {
    handle_ = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (handle_) return;
    if (problem_.empty())
      problem_ = std::string(dlerror()) + " (install it, or name its folder in LD_LIBRARY_PATH)";
  }
}

void* Library::symbol(const char* name) {
  void* found = handle_ ? dlsym(handle_, name) : nullptr;
  if (!found) give_up(std::string("the library has no function ") + name);
  return found;
}

void Library::give_up(const std::string& why) {
  if (!problem_.empty() && handle_ == nullptr) return;
  problem_ = why;
}

}  // namespace graft::cuda
