// What can be known to go wrong before anything is computed or written.
#pragma once
#include <set>
#include <string>

#include "engine/data/dataset.h"
#include "kernels/api/backend.h"
#include "models/model.h"
#include "tools/events/observer.h"
#include "tools/run/run_config.h"

namespace graft {

// The memory that the cache would take against what the device has: where it is too much, it goes to files, or,
// where the disk lacks the room too, it is switched off, with a note. More fixed views than passes are not
// computed.
void resolve_cache(TrainConfig& options, const Model& model, const Backend& backend, const Dataset& data,
                   const Observers& observers);

// Refuses a batch whose training does not fit (resources).
void check_memory(const TrainConfig& options, const Model& model, const Device& device, const Dataset& data);

// Options among `given` that would have no effect are usage errors: the user expects one. What a preset sets counts
// as not given.
void check_idle_options(const TrainConfig& options, const std::set<std::string>& given, const Model& model,
                        const Dataset& data);

// Phases, rates and monitoring that make no sense with the data are usage errors.
void check_schedule(const TrainConfig& options, const std::set<std::string>& given, const Dataset& data);

// Of a run that goes on: are the classes those that it started with? Throws Error (data) with both lists.
void require_classes(const RunConfig& config, const Dataset& data);

}  // namespace graft
