// How launches are emulated. Tests change it between launches; the program does not.
#pragma once
#include <cstddef>
#include <cstdint>

namespace graft::emu {

// The order in which the blocks of a grid and the threads of a block take turns. A kernel without races gives the
// same bits in any order.
enum class Schedule { forward, reverse, shuffled };

struct Settings {
  Schedule schedule = Schedule::forward;
  uint64_t seed = 0;  // for a shuffled schedule
  // Shared memory available to a block: 99 KB is the minimum of all GPUs from sm_80 on (sm_86, sm_89, sm_120);
  // sm_80 has 163 KB, sm_90 and sm_100 227 KB.
  size_t shared_limit = 99 << 10;
};
Settings& settings();

}  // namespace graft::emu
