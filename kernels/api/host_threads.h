// The compute threads of the host.
#pragma once

namespace graft {

// In the parallel regions of kernels, whichever thread calls them; with the calling one. (OpenMP keeps its own number
// per thread.)
int host_threads();

// Sets that number and creates the threads. Throws Error (resources) if the system does not provide them, plus as
// many again for reading images: OpenMP's library can only end the process when it finds out itself.
void set_host_threads(int threads);

}  // namespace graft
