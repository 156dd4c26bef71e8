// How much memory this process can still get: what the machine has left, or less under a limit of a container, a
// batch system or ulimit -v. Linux overcommits memory and OOM-kills, so large requests are checked first.
#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

namespace graft {

struct HostMemory {
  int64_t bytes = INT64_MAX;  // without swapping, counting the file cache as free; INT64_MAX: unknown
  std::string limit;          // for people: which limit leaves that; empty: it is what the machine has
};

// The minimum of MemAvailable, of what each memory cgroup of the process and its parents (versions 1 and 2) leaves,
// and of the address space limit. Looks for /proc and /sys below `root`.
HostMemory host_memory(const std::filesystem::path& root = "/");
int64_t available_host_memory();  // its bytes

// Throws Error (resources) if a large request exceeds that.
void require_host_memory(size_t bytes);

}  // namespace graft
