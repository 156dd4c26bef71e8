// What to do where the system refuses to read, write or start something: one table by errno, so that the same
// trouble gets the same advice everywhere.
#pragma once
#include <string>

namespace graft {

// "free some space and run again"; `otherwise` where the number says nothing that helps.
const char* system_advice(int error, const char* otherwise);

// "Too many open files; allow more open files (ulimit -n)": the system's reason, and the advice if there is any.
std::string system_reason(int error);

}  // namespace graft
