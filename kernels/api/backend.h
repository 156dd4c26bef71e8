// A backend: memory and tables of kernels for one kind of device. A plain struct of function pointers, and a
// visible list of all of them; a backend that was not built is listed with the reason.
#pragma once
#include <span>

#include "kernels/api/table.h"

namespace graft {

struct Backend {
  const char* name;
  const char* absent_because = nullptr;  // null when it can be used
  DeviceInfo info;
  Tables tables;
  void* (*alloc)(size_t bytes);  // 64-byte aligned; throws Error (resources)
  void (*release)(void* p);
  void (*to_host)(void* host, const void* device, size_t bytes);
  void (*from_host)(void* device, const void* host, size_t bytes);
  void (*copy)(void* to, const void* from, size_t bytes);  // within the device
  void (*zero)(void* p, size_t bytes);
  void (*sync)();
  void (*set_threads)(int threads);
};

Backend& cpu_backend();
Backend& emu_backend();  // the device kernels on the host

// All backends of this build, the CPU first.
std::span<Backend* const> backends();

// By name, or "auto" for the best that works. Throws a usage error that says why a backend cannot be used.
Backend& find_backend(std::string_view name);

// "f32", "tf32" or "bf16"; else a usage error.
Precision parse_precision(std::string_view text);

// Kernels of this precision come first where the backend has them, f32 elsewhere. Throws a usage error if it has
// none at all.
void want_precision(Backend& backend, Precision precision);

}  // namespace graft
