// What every command that reads labelled images does first: looks at all of them, takes out those that cannot be
// read and says so.
#pragma once
#include <optional>

#include "engine/data/survey.h"
#include "tools/events/observer.h"
#include "tools/options/train_config.h"

namespace graft {

// Nothing: stopped. Throws Error(Fault::data) if a split or a class of train is left without images, or if bad
// images are to fail. Paths in messages are relative to `folder`.
std::optional<Survey> skip_unreadable(Dataset& data, const std::filesystem::path& folder, OnBadImage on_bad_image,
                                      int threads, const Observers& observers);

// The same for images of one kind ("test").
std::optional<Survey> skip_unreadable(std::vector<Sample>& samples, const std::filesystem::path& folder,
                                      OnBadImage on_bad_image, int threads, const Observers& observers);

// "PATH: why", relative to `folder`.
std::vector<std::string> messages(const std::vector<Unreadable>& files, const std::filesystem::path& folder);

// "3 images were skipped:", ten of them, and where the others are listed.
void tell_skipped(const std::vector<std::string>& messages, const std::string& listed_in,
                  const Observers& observers);

}  // namespace graft
