// Device memory of the emulator: host memory between red zones, all of it known, so that each launch can be asked
// whether it wrote beside a buffer.
#pragma once
#include <cstddef>
#include <string>

namespace graft::emu {

void* allocate(size_t bytes);  // 128-byte aligned, filled with NaN; throws Error (resources)
void release(void* p);
// "" or which byte beside which buffer was written since the last call.
std::string memory_damage();

}  // namespace graft::emu
