#include "tools/train/skip_unreadable.h"

#include <array>

#include "engine/base/printable.h"
#include "kernels/api/error.h"

namespace graft {
namespace {

constexpr size_t kShown = 10;

void tell(const Survey& survey, const std::filesystem::path& folder, OnBadImage on_bad_image,
          const Observers& observers) {
  if (survey.unreadable.empty()) return;
  const Unreadable& first = survey.unreadable[0];
  if (on_bad_image == OnBadImage::fail) fail(Fault::data, "{}: {}", printable(first.path), first.why);
  std::string text = fmt::format("{} of {} files cannot be read, the first: {}: {}", survey.unreadable.size(),
                                 survey.files, printable(first.path.lexically_relative(folder)), first.why);
  const std::vector<std::string> reasons = by_reason(survey.unreadable, folder);
  for (size_t i = 0; i < std::min(reasons.size(), kShown) && survey.unreadable.size() > 1; ++i)
    text += "\n  " + reasons[i];
  if (reasons.size() > kShown) text += fmt::format("\n  and {} other reasons", reasons.size() - kShown);
  observers.warning("{}", text);
}

// Warns of classes that have lost all their validation or test images.
void warn_of_lost_classes(const Dataset& before, const Dataset& after, const Observers& observers) {
  const size_t classes = after.classes.size();
  const struct {
    const char* name;
    const std::vector<Sample>&had, &has;
  } splits[] = {{"validation", before.val, after.val}, {"test", before.test, after.test}};
  for (const auto& [name, had, has] : splits) {
    if (classes == 0) break;  // class names are unknown
    const std::vector<int> counts_before = count_labels(had, classes), counts = count_labels(has, classes);
    for (size_t c = 0; c < classes; ++c)
      if (counts[c] == 0 && counts_before[c] > 0)
        observers.warning("none of the {} {} images of the class '{}' can be read", counts_before[c], name,
                          printable(after.classes[c]));
  }
}

Survey look(std::span<std::vector<Sample>* const> splits, int threads, const Observers& observers) {
  std::optional<Progress> progress;
  return survey(splits, threads, [&](int64_t n, int64_t of) {
    if (!progress) progress.emplace(observers, Work{.task = "reading images", .total = of});
    return progress->update(n), !observers.stopped();
  });
}

}  // namespace

std::optional<Survey> skip_unreadable(Dataset& data, const std::filesystem::path& folder, OnBadImage on_bad_image,
                                      int threads, const Observers& observers) {
  const Dataset before = data;
  const std::array<std::vector<Sample>*, 3> splits = {&data.train, &data.val, &data.test};
  Survey survey = look(splits, threads, observers);
  if (!survey.whole) return {};
  require_images(before, data, survey, folder);
  tell(survey, folder, on_bad_image, observers);
  warn_of_lost_classes(before, data, observers);
  return survey;
}

std::optional<Survey> skip_unreadable(std::vector<Sample>& samples, const std::filesystem::path& folder,
                                      OnBadImage on_bad_image, int threads, const Observers& observers) {
  Dataset data;
  data.test = std::move(samples);
  auto survey = skip_unreadable(data, folder, on_bad_image, threads, observers);
  samples = std::move(data.test);
  return survey;
}

std::vector<std::string> messages(const std::vector<Unreadable>& files, const std::filesystem::path& folder) {
  std::vector<std::string> texts;
  for (const Unreadable& file : files)
    texts.push_back(printable(file.path.lexically_relative(folder)) + ": " + file.why);
  return texts;
}

void tell_skipped(const std::vector<std::string>& messages, const std::string& listed_in,
                  const Observers& observers) {
  if (messages.empty()) return;
  std::string text = fmt::format("{} image{} skipped:", messages.size(), messages.size() == 1 ? " was" : "s were");
  for (size_t i = 0; i < std::min(messages.size(), kShown); ++i) text += "\n  " + messages[i];
  if (messages.size() > kShown) text += fmt::format("\n  and {} more; {}", messages.size() - kShown, listed_in);
  observers.result("{}", text);
}

}  // namespace graft
