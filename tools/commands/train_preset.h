// Options by the name of a job.
#pragma once
#include "tools/commands/options.h"

namespace graft {

// --preset tutorial: what the Keras tutorial on transfer learning with VGG16 does, to the formula. Every option
// that changes a number is set here; what the command line says stays. Returns the options that differ from the
// preset because the command line says so. But for --seed, since the tutorial has none.
std::vector<std::string> apply_preset(const CLI::App& command, TrainOptions& options);

}  // namespace graft
