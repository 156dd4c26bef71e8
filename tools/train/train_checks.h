// What can be known to go wrong before anything is computed or written.
#pragma once
#include "engine/data/dataset.h"
#include "kernels/api/backend.h"
#include "models/vgg.h"
#include "tools/run/run_config.h"

namespace graft {

// The memory that the cache would take against what the device has: where it is too much, it goes to files, or,
// where the disk lacks the room too, it is switched off, with a note. More fixed views than passes are not
// computed.
void check_cache(TrainOptions& options, const Vgg& model, const Backend& backend, const Dataset& data);

// Refuses a batch whose training does not fit (resources).
void check_memory(const TrainOptions& options, const Vgg& model, const Device& device, const Dataset& data);

// Options that the command line has and that would do nothing are usage errors: who gave one expects something.
// What a preset sets counts as not given.
void check_idle_options(const TrainOptions& options, const Vgg& model, const Dataset& data);

// Phases, rates and watching that make no sense together or with the data are usage errors.
void check_schedule(const TrainOptions& options, const Vgg& model, const Dataset& data);

// Of a run that goes on: are the classes those that it started with? Throws Error (data) with both lists.
void require_classes(const RunConfig& config, const Dataset& data);

}  // namespace graft
