#include "kernels/api/backend.h"

namespace graft {

std::span<Backend* const> backends() {
  static Backend* const all[] = {&cpu_backend(), &emu_backend()};
  return all;
}

Backend& find_backend(std::string_view name) {
  if (name == "auto") return cpu_backend();
  std::string known;
  for (Backend* b : backends()) {
    if (name == b->name) {
      if (b->absent_because) fail(Fault::usage, "device '{}' cannot be used: {}", name, b->absent_because);
      return *b;
    }
    known += fmt::format(", {}", b->name);
  }
  fail(Fault::usage, "no device '{}' in this build; there are: auto{}", name, known);
}

}  // namespace graft
