// What a run that goes on may be told: more or fewer epochs, where its images and files are now, when it saves and
// what it keeps. All else is part of what the run is. A change is taken only where the run ends as it would have
// ended had it been told so at once, or with the reason why it is not; and config.json records it.
#pragma once
#include "engine/data/dataset.h"
#include "tools/events/observer.h"
#include "tools/run/run_config.h"
#include "tools/run/run_state.h"

namespace graft {

// The run's own configuration, with what the command line changes of it, which is printed. Nothing is written.
// Throws Error: the run is made such that it cannot be changed so, or has no checkpoint any more (usage), a file is
// not the one that the run started with or is nowhere (data, weights).
RunConfig resumed_config(const TrainRequest& asked, const Observers& observers);

// The configuration of another run: its config.json, or the run's folder.
RunConfig config_of(const std::filesystem::path& file_or_folder);

// A new run that takes its options from another one's configuration starts from the same files, unless the command
// line names others. Throws Error (data, weights).
void require_same_files(const TrainRequest& asked, const RunConfig& config);

// Of a run that is there again (training.resume() was called if it has a state): are these its images, and
// are there epochs to do? Then config.json is written again. test_scored: how often the run has scored its test.
void settle_changes(RunConfig& config, const TrainRequest& asked, const std::filesystem::path& run,
                    const Dataset& data, const RunState& state, int test_scored);

// What a run that has ended keeps: the last checkpoint or none, as its options say. Says what it removed.
void tidy_checkpoints(bool keep, const std::filesystem::path& run, const Observers& observers);

// A table of names that the run reads, as --group-by and --labels have it: else Error (data) that says which option
// tells where it is now. Nothing to compare: sha256 is empty. what: "the file of groups".
void require_same_table(const std::string& text, const std::string& sha256, const char* option, const char* what);

// The files of weights that the model was made from, which may have moved: else Error (data, weights) that says
// which option tells where they are now.
void require_starting_files(const RunConfig& config);

}  // namespace graft
