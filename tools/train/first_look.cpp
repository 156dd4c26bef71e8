#include "tools/train/first_look.h"

#include <array>

#include "engine/base/printable.h"
#include "kernels/api/error.h"
#include "tools/terminal/interrupt.h"
#include "tools/terminal/progress.h"
#include "tools/terminal/terminal.h"

namespace graft {
namespace {

constexpr size_t kShown = 10;

void tell(const Survey& survey, const std::filesystem::path& folder, OnBadImage on_bad_image) {
  if (survey.unreadable.empty()) return;
  const Unreadable& first = survey.unreadable[0];
  if (on_bad_image == OnBadImage::fail) fail(Fault::data, "{}: {}", printable(first.path), first.why);
  print_out("warning: {} of {} files cannot be read, the first: {}: {}\n", survey.unreadable.size(), survey.files,
            printable(first.path.lexically_relative(folder)), first.why);
  const std::vector<std::string> reasons = by_reason(survey.unreadable, folder);
  for (size_t i = 0; i < std::min(reasons.size(), kShown) && survey.unreadable.size() > 1; ++i)
    print_out("  {}\n", reasons[i]);
  if (reasons.size() > kShown) print_out("  and {} other reasons\n", reasons.size() - kShown);
}

// Of classes that had images of validation or test, those that have none left.
void warn_of_lost_classes(const Dataset& before, const Dataset& after) {
  const size_t classes = after.classes.size();
  const struct {
    const char* name;
    const std::vector<Sample>&had, &has;
  } splits[] = {{"validation", before.val, after.val}, {"test", before.test, after.test}};
  for (const auto& [name, had, has] : splits) {
    if (classes == 0) break;  // nobody knows their names
    const std::vector<int> counts_before = count_labels(had, classes), counts = count_labels(has, classes);
    for (size_t c = 0; c < classes; ++c)
      if (counts[c] == 0 && counts_before[c] > 0)
        print_out("warning: not one of the {} {} images of the class '{}' can be read\n", counts_before[c], name,
                  printable(after.classes[c]));
  }
}

Survey look(std::span<std::vector<Sample>* const> splits, int threads) {
  std::optional<Progress> progress;
  return survey(splits, threads, [&](int64_t n, int64_t of) {
    if (!progress) progress.emplace("reading images", of);
    return progress->update(n), !interrupted();
  });
}

}  // namespace

std::optional<Survey> first_look(Dataset& data, const std::filesystem::path& folder, OnBadImage on_bad_image,
                                 int threads) {
  const Dataset before = data;
  const std::array<std::vector<Sample>*, 3> splits = {&data.train, &data.val, &data.test};
  Survey survey = look(splits, threads);
  if (!survey.whole) return {};
  require_images(before, data, survey, folder);
  tell(survey, folder, on_bad_image);
  warn_of_lost_classes(before, data);
  return survey;
}

std::optional<Survey> first_look(std::vector<Sample>& samples, const std::filesystem::path& folder,
                                 OnBadImage on_bad_image, int threads) {
  Dataset data;
  data.test = std::move(samples);
  auto survey = first_look(data, folder, on_bad_image, threads);
  samples = std::move(data.test);
  return survey;
}

std::vector<std::string> messages(const std::vector<Unreadable>& files, const std::filesystem::path& folder) {
  std::vector<std::string> texts;
  for (const Unreadable& file : files)
    texts.push_back(printable(file.path.lexically_relative(folder)) + ": " + file.why);
  return texts;
}

void print_set_aside(const std::vector<std::string>& messages, const std::string& listed_in) {
  if (messages.empty()) return;
  print_out("{} image{} set aside:\n", messages.size(), messages.size() == 1 ? " was" : "s were");
  for (size_t i = 0; i < std::min(messages.size(), kShown); ++i) print_out("  {}\n", messages[i]);
  if (messages.size() > kShown) print_out("  and {} more; {}\n", messages.size() - kShown, listed_in);
}

}  // namespace graft
