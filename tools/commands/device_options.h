// Options of the compute device.
#pragma once
#include <optional>

#include "tools/commands/options.h"

namespace graft {

void add_precision_option(CLI::App& command, std::optional<Precision>& precision, const char* help);

}  // namespace graft
