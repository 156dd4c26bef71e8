// The threads of this machine that compute.
#pragma once

namespace graft {

int host_threads();  // that work in parallel regions from now on, the calling one among them

// Sets that number and makes the threads. Throws Error (resources) where the system does not give them, or as many
// again for those that read images: OpenMP's library can only end the process when it finds that out.
void set_host_threads(int threads);

}  // namespace graft
