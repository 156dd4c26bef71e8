#include "engine/data/survey.h"

#include <algorithm>
#include <set>

#include "engine/base/printable.h"
#include "kernels/api/error.h"

namespace graft {
namespace {

namespace fs = std::filesystem;

std::string without_path(const std::string& message, const fs::path& path) {
  const std::string start = printable(path) + ": ";
  return message.starts_with(start) ? message.substr(start.size()) : message;
}

std::string joined(const std::vector<std::string>& texts) {
  std::string all;
  for (const std::string& text : texts) all += (all.empty() ? "" : "; ") + text;
  return all;
}

// Those that were samples with this label, or with any if it is negative.
std::vector<Unreadable> lost_of(const std::vector<Sample>& before, int label, const Survey& survey) {
  std::set<fs::path> paths;
  for (const Sample& s : before)
    if (label < 0 || s.label == label) paths.insert(s.path);
  std::vector<Unreadable> found;
  for (const Unreadable& u : survey.unreadable)
    if (paths.contains(u.path)) found.push_back(u);
  return found;
}

}  // namespace

Survey survey(std::span<std::vector<Sample>* const> splits, int threads,
              const std::function<bool(int64_t, int64_t)>& done) {
  std::vector<fs::path> files;
  for (const std::vector<Sample>* samples : splits)
    for (const Sample& s : *samples) files.push_back(s.path);
  Survey result;
  result.files = static_cast<int64_t>(files.size());
  std::vector<ImageFacts> facts = inspect_images(files, InspectDepth::pixels, threads,
                                                 [&](int64_t n) { return result.whole = done(n, result.files); });
  if (!result.whole) return result;
  size_t at = 0;
  for (std::vector<Sample>* samples : splits) {
    std::vector<Sample> readable;
    std::vector<ImageFacts>& kept = result.facts.emplace_back();
    for (Sample& s : *samples) {
      ImageFacts& f = facts[at++];
      if (f.not_read) throw Error(Fault::resources, f.error);
      if (!f.error.empty()) {
        result.unreadable.push_back({s.path, without_path(f.error, s.path)});
        continue;
      }
      s.digest = f.digest;
      readable.push_back(std::move(s)), kept.push_back(std::move(f));
    }
    result.lost.push_back(static_cast<int64_t>(samples->size() - readable.size()));
    *samples = std::move(readable);
  }
  return result;
}

std::vector<std::string> by_reason(std::span<const Unreadable> files, const fs::path& folder) {
  struct Reason {
    std::string why;
    fs::path first;
    int count = 0;
  };
  std::vector<Reason> reasons;
  for (const Unreadable& file : files) {
    const auto known = std::ranges::find(reasons, file.why, &Reason::why);
    if (known == reasons.end())
      reasons.push_back({file.why, file.path, 1});
    else
      ++known->count;
  }
  std::ranges::stable_sort(reasons, std::ranges::greater{}, &Reason::count);
  const auto named = [&](const fs::path& file) {
    const fs::path below = file.lexically_relative(folder);
    return printable(below.empty() ? file : below);  // empty: it is not below the folder
  };
  std::vector<std::string> texts;
  for (const Reason& r : reasons)
    texts.push_back(
        fmt::format("{} x {} ({}{})", r.count, r.why, r.count > 1 ? "the first: " : "", named(r.first)));
  return texts;
}

void require_images(const Dataset& before, const Dataset& after, const Survey& survey, const fs::path& folder) {
  const struct {
    const char* name;
    const std::vector<Sample>&had, &has;
  } splits[] = {{"training ", before.train, after.train},
                {"validation ", before.val, after.val},
                {before.train.empty() ? "" : "test ", before.test, after.test}};
  for (const auto& [name, had, has] : splits)
    if (!had.empty() && has.empty())
      fail(Fault::data, "{}: not one of its {} {}images can be read: {}", printable(folder), had.size(), name,
           joined(by_reason(lost_of(had, -1, survey), folder)));
  const std::vector<int> counts = count_labels(after.train, after.classes.size());
  for (size_t c = 0; c < counts.size(); ++c) {
    if (counts[c] > 0) continue;
    const std::vector<Unreadable> files = lost_of(before.train, static_cast<int>(c), survey);
    fail(Fault::data,
         "{}: the class '{}' has no training image, since not one of its {} files can be read: {}; "
         "fix them, or leave the class out",
         printable(folder), printable(after.classes[c]), files.size(), joined(by_reason(files, folder)));
  }
}

}  // namespace graft
