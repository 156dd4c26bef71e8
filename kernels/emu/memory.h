// Device memory of the emulator: host memory between red zones, all of it tracked, so that each launch can be
// checked for writes outside of a buffer.
#pragma once
#include <cstddef>
#include <string>

namespace graft::emu {

void* allocate(size_t bytes);  // 128-byte aligned, filled with NaN; throws Error (resources)
void release(void* p);
// "" or which byte outside of which buffer was written since the last call.
std::string memory_damage();

}  // namespace graft::emu
