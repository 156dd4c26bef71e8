// The list of CPU kernels.
#pragma once
#include "kernels/api/table.h"

namespace graft::cpu {
Tables tables();
}
