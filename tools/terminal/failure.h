// Turns exceptions into error messages. Failures of the system arrive as standard exceptions (no memory, no
// thread, a folder that may not be searched, a name that is too long) and are not bugs.
#pragma once
#include <exception>

#include "kernels/api/error.h"

namespace graft {

constexpr const char* kOutOfMemory = "out of memory; a smaller --batch needs less";

// If memory runs out in a destructor, in a noexcept function or before main (the libraries for JSON, options and
// folders allocate there), no handler can catch it: from this call on, the process then prints the message and
// ends with exit code 5 instead of aborting. Files are left as by kill -9. The same happens if a library calls
// exit(), as those of OpenMP and HDF5 do when memory is short, until ends_by_itself() is called.
void tell_of_memory_at_end();
void ends_by_itself();

// Initialises libraries that would crash if memory ran out during their lazy initialisation.
void start_libraries();

// Returns an Error unchanged, a failure of the system as Fault::resources and anything else as Fault::bug, marked
// as such. May throw std::bad_alloc.
Error failure_of(const std::exception& e);

}  // namespace graft
