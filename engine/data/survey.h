// The first look at every file of a data set, before any work. Unreadable files are removed from the samples, so
// that counts, steps and class weights are all based on readable images, and oddities are reported while they can
// still be fixed. Each file is read and decoded once, and its hash is kept for comparisons.
#pragma once
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "engine/data/dataset.h"
#include "engine/image/inspect.h"

namespace graft {

struct Unreadable {
  std::filesystem::path path;
  std::string why;  // the message without the path
};

struct Survey {
  int64_t files = 0;  // number of files read
  std::vector<Unreadable> unreadable;
  std::vector<int64_t> lost;                   // per split, the number of unreadable files
  std::vector<std::vector<ImageFacts>> facts;  // of the remaining images: [split][sample], without hashes
  bool whole = true;                           // false: `done` stopped it, and the samples are unchanged
};

// Removes unreadable samples from `splits`, and gives the others their digests. done(n, of) reports the progress,
// serialized, from any worker thread. Throws Error only for faults that are not the data's.
Survey survey(std::span<std::vector<Sample>* const> splits, int threads,
              const std::function<bool(int64_t done, int64_t of)>& done);

// "12 x a WebP image is not supported; convert it to PNG or JPEG (the first: a/1.png)": one text per reason, the
// most frequent first. Paths are relative to `folder`.
std::vector<std::string> by_reason(std::span<const Unreadable> files, const std::filesystem::path& folder);

// Throws Error(Fault::data), with the reasons, if a split or a class of train had files, but none of them can be
// read. `before`: the previous samples; those of a single split are in `test`.
void require_images(const Dataset& before, const Dataset& after, const Survey& survey,
                    const std::filesystem::path& folder);

}  // namespace graft
