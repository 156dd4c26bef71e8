#include "kernels/api/backend.h"

namespace graft {
namespace {

struct Listed {
  std::string_view name;
  const Backend& (*get)();
};
constexpr Listed kBackends[] = {{"cpu", cpu_backend}, {"emu", emu_backend}, {"cuda", cuda_backend}};

}  // namespace

std::span<const Backend* const> backends() {
  static const Backend* const all[] = {&cpu_backend(), &emu_backend(), &cuda_backend()};
  return all;
}

const Backend& find_backend(std::string_view name) {
  if (name == "auto") return cuda_backend().absent_because ? cpu_backend() : cuda_backend();
  std::string known;
  for (const Listed& listed : kBackends) {
    if (name == listed.name) {
      const Backend& b = listed.get();
      if (b.absent_because) fail(Fault::usage, "device '{}' cannot be used: {}", name, b.absent_because);
      return b;
    }
    known += fmt::format(", {}", listed.name);
  }
  fail(Fault::usage, "no device '{}'; there are: auto{}", name, known);
}

}  // namespace graft
