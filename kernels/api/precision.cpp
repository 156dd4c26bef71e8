// Separate from the list of backends: code that reads a precision from a file does not need them.
#include "kernels/api/policy.h"

namespace graft {

Precision parse_precision(std::string_view text) {
  for (Precision p : {Precision::f32, Precision::tf32, Precision::bf16})
    if (text == name(p)) return p;
  fail(Fault::usage, "no precision '{}'; there are: f32, tf32, bf16", text);
}

}  // namespace graft
