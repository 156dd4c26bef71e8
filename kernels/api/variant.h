// The part of the tables that kernels themselves know. Separate from kernels/api/table.h, because the device
// kernels are compiled many times (for the emulator and for each GPU architecture): no strings and no vectors here.
#pragma once

namespace graft {

// Precision of a variant's arithmetic; determines its tolerance.
enum class Precision { f32, tf32, bf16 };
constexpr const char* name(Precision p) {
  constexpr const char* kNames[] = {"f32", "tf32", "bf16"};
  return kNames[static_cast<int>(p)];
}
// Maximum relative L2 error against f64 that a variant may have, per op.
constexpr double tolerance(Precision p) {
  constexpr double kTolerance[] = {5e-6, 1e-3, 1e-2};
  return kTolerance[static_cast<int>(p)];
}

// A queue of work on a device. CPU kernels run synchronously and ignore it.
struct Stream {
  void* handle = nullptr;
};

struct DeviceInfo;

}  // namespace graft
