// The backend "emu" of a build without it: it only reports that.
#include "kernels/api/backend.h"

namespace graft {

const Backend& emu_backend() {
  static const Backend backend = {.name = "emu",
                                  .absent_because = "it was built with GRAFT_EMU=OFF (./dev build has it)"};
  return backend;
}

}  // namespace graft
