// How much memory this process can still have: what the machine has left, or less where a container, a batch system
// or ulimit -v draws a limit. Linux promises more than it has and kills who uses it, so large requests are checked
// first.
#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

namespace graft {

struct HostMemory {
  int64_t bytes = INT64_MAX;  // without swapping, the file cache counted as free; as here: the system does not tell
  std::string limit;          // for people, whose limit leaves that; empty: it is what the machine has
};

// The least of MemAvailable, of what each memory cgroup of the process and its parents (versions 1 and 2) leave,
// and of the limit on addresses. /proc and /sys are looked for in `root`.
HostMemory host_memory(const std::filesystem::path& root = "/");
int64_t available_host_memory();  // its bytes

// Throws Error (resources) if a large request is more than that.
void require_host_memory(size_t bytes);

}  // namespace graft
