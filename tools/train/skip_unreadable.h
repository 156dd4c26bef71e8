// The first step of all commands that read labelled images: inspects
// every image, and removes and reports the unreadable ones.
#pragma once
#include <optional>

#include "engine/data/survey.h"
#include "tools/events/observer.h"
#include "tools/options/train_config.h"

namespace graft {

// Returns nullopt if interrupted. Throws Error (data) if a split or a class of train has no images left, or on
// unreadable images with OnBadImage::fail. Paths in messages are relative to `folder`.
std::optional<Survey> skip_unreadable(Dataset& data, const std::filesystem::path& folder, OnBadImage on_bad_image,
                                      int threads, const Observers& observers);

// The same for a single split.
std::optional<Survey> skip_unreadable(std::vector<Sample>& samples, const std::filesystem::path& folder,
                                      OnBadImage on_bad_image, int threads, const Observers& observers);

// One "PATH: reason" per file, relative to `folder`.
std::vector<std::string> messages(const std::vector<Unreadable>& files, const std::filesystem::path& folder);

// Reports "3 images were skipped:", the first ten messages, and where all are listed.
void tell_skipped(const std::vector<std::string>& messages, const std::string& listed_in,
                  const Observers& observers);

}  // namespace graft
