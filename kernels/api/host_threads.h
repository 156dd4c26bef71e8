// The compute threads of the host.
#pragma once

namespace graft {

int host_threads();  // in parallel regions from now on, including the calling one

// Sets that number and creates the threads. Throws Error (resources) if the system does not provide them, plus as
// many again for reading images: OpenMP's library can only end the process when it finds out itself.
void set_host_threads(int threads);

}  // namespace graft
