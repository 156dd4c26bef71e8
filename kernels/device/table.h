// The tables of the backends that run kernels/device: the GPU (cuda) and its emulator (emu).
#pragma once
#include "kernels/api/table.h"

namespace graft::cuda {
Tables tables();
}
namespace graft::emu {
Tables tables();
}
