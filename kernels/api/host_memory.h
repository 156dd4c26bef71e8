// How much memory the machine can still give. Linux promises more than it has and kills who uses it, so large
// requests are checked first.
#pragma once
#include <cstddef>
#include <cstdint>

namespace graft {

// Bytes that can be used without swapping, the file cache counted as free; INT64_MAX where the system does not
// tell.
int64_t available_host_memory();

// Throws Error (resources) if a large request is more than that.
void require_host_memory(size_t bytes);

}  // namespace graft
