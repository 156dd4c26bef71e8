// digests.json: what the files of a finished run were when it was finished. A model, a configuration and the
// metrics that were measured on it belong together; whoever goes by them asks here whether they still are those.
#pragma once
#include <filesystem>
#include <initializer_list>
#include <string>

#include "tools/events/observer.h"

namespace graft {

// The files that it covers, as far as they are there; model.h5 as it was written.
void write_digests(const std::filesystem::path& run, const std::string& model_sha256);

// SHA-256 of one of its files: as the digests have it, else of what is there.
std::string recorded_sha256(const std::filesystem::path& run, const std::string& file);

// A run that has ended goes on: what its training writes from now on is not compared any more, the rest is.
void release_digests(const std::filesystem::path& run);
// Before what came out of a run is written anew.
void remove_digests(const std::filesystem::path& run);

// Throws Error (of model.h5: weights; else data) that names the first of these files that is not what the training
// wrote, or is gone. A run of an earlier program has no digests; then nothing is compared, and a note says so.
void require_unchanged(const std::filesystem::path& run, std::initializer_list<std::string> files,
                       const Observers& observers);
void require_all_unchanged(const std::filesystem::path& run, const Observers& observers);

}  // namespace graft
