// digests.json: SHA-256 of the files of a finished run. A model, its configuration and its metrics belong
// together; code that relies on them checks here that they are unchanged.
#pragma once
#include <filesystem>
#include <initializer_list>
#include <string>

#include "tools/events/observer.h"

namespace graft {

// Records the covered files that exist; `model_sha256` is the digest of model.h5 as it was written.
void write_digests(const std::filesystem::path& run, const std::string& model_sha256);

// The recorded SHA-256 of a file, or that of the file itself if none is recorded.
std::string recorded_sha256(const std::filesystem::path& run, const std::string& file);

// A finished run is resumed: stop comparing what training writes from now on, keep comparing the rest.
void release_digests(const std::filesystem::path& run);
// Call this before results of a run are overwritten.
void remove_digests(const std::filesystem::path& run);

// Throw Error (weights for .h5 files, else data) that names the first of these files that has changed or is gone.
// A run of an earlier version has no digests: nothing is compared, and a note says so.
void require_unchanged(const std::filesystem::path& run, std::initializer_list<std::string> files,
                       const Observers& observers);
void require_all_unchanged(const std::filesystem::path& run, const Observers& observers);

}  // namespace graft
