// What may change when a run is resumed: the number of epochs, the place of its images and files, when it saves and
// what it keeps. Everything else is part of its identity. A change is accepted only if the run then ends as if it had
// been configured that way from the start, and is recorded in config.json; otherwise the error gives the reason.
#pragma once
#include "engine/data/dataset.h"
#include "tools/events/observer.h"
#include "tools/run/run_config.h"
#include "tools/run/run_state.h"

namespace graft {

// The recorded configuration with the changes of the command line, which are printed. Writes nothing. Throws
// Error: the run cannot be changed that way or has no checkpoint (usage); a file is missing or not the one that
// the run started with (data, weights).
RunConfig resumed_config(const TrainRequest& asked, const Observers& observers);

// The configuration of another run, given its config.json or folder.
RunConfig config_of(const std::filesystem::path& file_or_folder);

// A new run with the configuration of another must start from the same files, unless the command line gives
// others. Throws Error (data, weights).
void require_same_files(const TrainRequest& asked, const RunConfig& config);

// For a run that is set up again (after Trainer::resume() if it has a state): checks that its images are unchanged
// and that epochs remain, then updates config.json. test_scored: how often the run has scored its test images.
void settle_changes(RunConfig& config, const TrainRequest& asked, const std::filesystem::path& run,
                    const Dataset& data, const RunState& state, int test_scored);

// Removes the checkpoints that a finished run does not keep according to its options, and reports it.
void tidy_checkpoints(bool keep, const std::filesystem::path& run, const Observers& observers);

// Throws Error (data), with the option that gives its new place, if the table of --group-by or --labels is
// missing or has changed. Does nothing if sha256 is empty. what: "the group table".
void require_same_table(const std::string& text, const std::string& sha256, const char* option, const char* what);

// Throws Error (data, weights), with the option that gives its new
// place, if a file of initial weights is missing or has changed.
void require_starting_files(const RunConfig& config);

}  // namespace graft
