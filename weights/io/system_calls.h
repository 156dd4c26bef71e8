// Classifies failed system calls, and handles descriptors, for code that reads files and starts processes.
#pragma once
#include <string>

#include "kernels/api/error.h"

namespace graft {

// The fault if a weights file cannot be read: its name, its kind or its permissions are the file's (weights);
// everything else (no descriptors, no memory, disk errors) is the machine's (resources).
Fault read_fault(int error);

// system_reason() for a process that could not be started.
std::string process_reason(int error);

// Returns a descriptor >= 3 in place of `fd`, which is closed if it is lower: in a process that was started without
// standard streams, the files it opens would be taken for them. -1 with errno: there is none, or fd is -1.
int above_standard(int fd);

}  // namespace graft
