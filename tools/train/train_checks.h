// Checks before anything is computed or written.
#pragma once
#include <set>
#include <string>

#include "engine/data/dataset.h"
#include "kernels/api/backend.h"
#include "models/model.h"
#include "tools/events/observer.h"
#include "tools/run/run_config.h"

namespace graft {

// Compares the memory for the feature cache with what the device has: if too much, the cache goes to files or, if
// the disk lacks space too, is switched off, with a note. Notes fixed views that exceed the number of passes.
void resolve_cache(TrainConfig& options, const Model& model, const Backend& backend, const Dataset& data,
                   const Observers& observers);

// Throws Error (resources) if training with this batch size does not fit into memory.
void check_memory(const TrainConfig& options, const Model& model, const Device& device, const Dataset& data);

// Throws Error (usage) for options in `given` without effect, since
// the user expects one. Options set by a preset do not count as given.
void check_idle_options(const TrainConfig& options, const std::set<std::string>& given, const Model& model,
                        const Dataset& data);

// Throws Error (usage) for phases, rates and monitoring that make no sense with the data.
void check_schedule(const TrainConfig& options, const std::set<std::string>& given, const Dataset& data);

// On resume, checks that the classes are those that the run started with. Throws Error (data) with both lists.
void require_classes(const RunConfig& config, const Dataset& data);

}  // namespace graft
