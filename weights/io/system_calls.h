// Whose fault a failed call is, and descriptors, for code that reads files and starts processes.
#pragma once
#include <string>

#include "kernels/api/error.h"

namespace graft {

// Whose fault it is that a file of weights cannot be read: its name, its kind or its permissions are the file's
// (weights); all else (no descriptors, no memory, a disk with errors) is the machine's (resources).
Fault read_fault(int error);

// system_reason() for a process that could not be started.
std::string process_reason(int error);

// A descriptor at 3 or above in the place of `fd`, which is closed if it is below: in a process that was started
// without standard streams, what it opens would be taken for one of them. -1 with errno: there is none, or fd is
// -1.
int above_standard(int fd);

}  // namespace graft
