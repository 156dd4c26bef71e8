// Advice for when the system refuses to read, write or start something: one table by errno, so that the same
// problem gets the same advice everywhere.
#pragma once
#include <string>

namespace graft {

// "free some space and run again"; `otherwise` if there is no advice for this errno.
const char* system_advice(int error, const char* otherwise);

// "Too many open files; allow more open files (ulimit -n)": the system's reason, and the advice if there is any.
std::string system_reason(int error);

}  // namespace graft
