#include "kernels/api/backend.h"

namespace graft {
namespace {

struct Listed {
  std::string_view name;
  Backend& (*get)();
};
constexpr Listed kBackends[] = {{"cpu", cpu_backend}, {"emu", emu_backend}, {"cuda", cuda_backend}};

}  // namespace

std::span<Backend* const> backends() {
  static Backend* const all[] = {&cpu_backend(), &emu_backend(), &cuda_backend()};
  return all;
}

Backend& find_backend(std::string_view name) {
  if (name == "auto") return cuda_backend().absent_because ? cpu_backend() : cuda_backend();
  std::string known;
  for (const Listed& listed : kBackends) {
    if (name == listed.name) {
      Backend& b = listed.get();
      if (b.absent_because) fail(Fault::usage, "device '{}' cannot be used: {}", name, b.absent_because);
      return b;
    }
    known += fmt::format(", {}", listed.name);
  }
  fail(Fault::usage, "no device '{}'; there are: auto{}", name, known);
}

void want_precision(Backend& backend, Precision precision) {
  bool has = false;
  for_each_op(backend.tables, [&](const auto& table) { has = has || table.has(precision); });
  if (!has)
    fail(Fault::usage, "device {} has no kernels of precision {}; choose another --precision or --device",
         backend.name, name(precision));
  const OpTable<Conv2d>& full = backend.tables.conv2d;
  const OpTable<Conv2dBf16>& stored = backend.tables.conv2d_bf16;
  if (precision == Precision::bf16 && !full.preferred().empty() && stored.preferred().empty())
    fail(Fault::usage,
         "kernel {}={} is for values in f32, and with precision bf16 frozen layers run {} instead; pick for it too "
         "(--kernel {}={}), or leave out --kernel",
         Conv2d::kName, full.preferred(), Conv2dBf16::kName, Conv2dBf16::kName, stored.all().front().name);
  for_each_op(backend.tables, [&](auto& table) { table.want(precision); });
}

}  // namespace graft
