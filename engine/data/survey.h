// The first look at every file of a data set, before any work: what cannot be read leaves the samples, so that
// counts, steps, class weights and everything else are of images, and what is odd is said while there is time to
// mend it. Each file is read and decoded once, and its hash is kept for whoever compares contents.
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
  int64_t files = 0;  // that were looked at
  std::vector<Unreadable> unreadable;
  std::vector<int64_t> lost;                   // of each split, how many that are
  std::vector<std::vector<ImageFacts>> facts;  // of what remains: [split][sample], without looks
  bool whole = true;                           // false: `done` stopped it, and the samples are as they were
};

// Takes those that cannot be read out of `splits`, and gives the others their digests. done(n, of) is told the
// progress, from any thread but one at a time. Throws Error only for what is no fault of the data.
Survey survey(std::span<std::vector<Sample>* const> splits, int threads,
              const std::function<bool(int64_t done, int64_t of)>& done);

// "12 x a WebP image is not supported; convert it to PNG or JPEG (the first: a/1.png)": one text for each reason,
// the most frequent first. Paths are relative to `folder`.
std::vector<std::string> by_reason(std::span<const Unreadable> files, const std::filesystem::path& folder);

// Throws Error(Fault::data), with the reasons, if there were files of a split or of a class of train, but not one
// of them can be read. `before`: the samples as they were; those of one split alone stand in `test`.
void require_images(const Dataset& before, const Dataset& after, const Survey& survey,
                    const std::filesystem::path& folder);

}  // namespace graft
