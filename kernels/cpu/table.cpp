// The only list of CPU variants, in order of preference.
#include "kernels/cpu/table.h"

namespace graft::cpu {

Tables tables() {
  Tables t;
  return t;
}

}  // namespace graft::cpu
