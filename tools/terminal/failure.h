// An exception as what the program tells of it. What the system refuses arrives as exceptions of the standard
// library (no memory, no thread, a folder that may not be searched, a name that is too long) and is no bug of ours.
#pragma once
#include <exception>

#include "kernels/api/error.h"

namespace graft {

constexpr const char* kOutOfMemory = "out of memory; a smaller --batch needs less";

// Where memory runs out in a destructor, in a function that may not throw or before main (the libraries for JSON,
// options and folders allocate there), nobody can catch it: from now on the process ends with exit code 5 and the
// sentence, instead of an abort. Files are left as by kill -9.
// So it does where a library calls exit(), as OpenMP's and HDF5's do in want of memory, unless main has said that
// the program ends by itself.
void tell_of_memory_at_end();
void ends_by_itself();

// Sets up the libraries that would crash if memory ended while they do so in the midst of the work.
void start_libraries();

// An Error as it is; what the system refused as Fault::resources; all else as Fault::bug, and says so. May throw
// std::bad_alloc.
Error failure_of(const std::exception& e);

}  // namespace graft
