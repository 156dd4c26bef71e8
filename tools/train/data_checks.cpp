#include "tools/train/data_checks.h"

#include "engine/audit/leaks.h"
#include "engine/base/printable.h"
#include "engine/data/mask_search.h"
#include "engine/image/depth.h"
#include "kernels/api/error.h"
#include "tools/options/advice.h"

namespace graft {
namespace {

// Example: "warning: 3 images of validation or test are also in an
// earlier split (the first: ...): results will be too optimistic".
void warn_of_copies(const Observers& observers, const Copies& copies, const std::filesystem::path& folder,
                    const char* of, const char* where, const char* consequence) {
  if (copies.empty()) return;
  const auto& [first, second] = copies[0];
  const bool one = copies.size() == 1;
  observers.warning("{} image{}{} {} {} (the first: {} = {}): {}; vgg-finetune check lists all", copies.size(),
                    one ? "" : "s", of, one ? "is" : "are", where, printable(first.lexically_relative(folder)),
                    printable(second.lexically_relative(folder)), consequence);
}

void warn_of_masks(const Observers& observers, const Dataset& data, const Survey& survey,
                   const std::filesystem::path& folder) {
  std::vector<MaskCandidate> files;
  std::vector<const std::filesystem::path*> paths;
  const std::vector<Sample>* const splits[] = {&data.train, &data.val, &data.test};
  for (size_t s = 0; s < survey.facts.size(); ++s)
    for (size_t i = 0; i < survey.facts[s].size(); ++i) {
      const Sample& sample = (*splits[s])[i];
      const int place = int(s * data.classes.size()) + sample.label;
      files.push_back({sample.below, place, survey.facts[s][i].two_valued, data.classes[size_t(sample.label)]});
      paths.push_back(&sample.path);
    }
  const FoundMasks masks = find_masks(files);
  if (masks.files.empty()) return;
  const std::string first = printable(paths[masks.files[0]]->lexically_relative(folder));
  observers.warning("{}", with_advice(describe(masks, files.size(), first)));
}

}  // namespace

void check_before_training(const Dataset& data, const Survey& survey, const DataOptions& o,
                           const Observers& observers) {
  warn_of_copies(observers, copies_across_splits(data), o.folder, " of validation or test",
                 "also in an earlier split", "results will be too optimistic");
  warn_of_copies(observers, copies_across_classes(data), o.folder, "", "listed under two labels",
                 "one of each pair is wrong");
  warn_of_masks(observers, data, survey, o.folder);
  if (o.group_by.empty()) return;
  const GroupBy group_by(o.group_by);
  for (const std::string& note : group_by.notes()) observers.note("{}", note);
  const GroupOverlap overlap = group_overlap(data, o.folder, group_by);
  if (!overlap.note.empty()) observers.note("{}", overlap.note);
  const auto shared = overlap.shared.size();
  observers.info("{} groups, {} shared between the splits", overlap.groups, shared);
  if (!overlap.doubt.empty()) observers.warning("{}", overlap.doubt);
  if (shared == 0) return;
  if (!o.allow_group_overlap)
    fail(
        Fault::data,
        "{} of {} groups have images in two splits (the first: {}), so the test set is not independent; make new "
        "splits with vgg-finetune split --group-by, or accept it with --allow-group-overlap, which the run records",
        shared, overlap.groups, printable(overlap.shared[0]));
  observers.warning("groups are shared between the splits (--allow-group-overlap): results will be too optimistic");
}

void check_depth(const Dataset& data, const Preprocess& preprocess, const Observers& observers) {
  std::vector<std::filesystem::path> files;
  for (const auto* split : {&data.train, &data.val, &data.test})
    for (const Sample& sample : *split) files.push_back(sample.path);
  const Note warning = depth_warning(files, preprocess.levels);
  if (!warning.text.empty()) observers.warning("{}", with_advice(warning));
}

void check_depth_of_inputs(const std::vector<std::filesystem::path>& files, const Preprocess& preprocess,
                           const Observers& observers) {
  const Note warning = depth_warning(files, preprocess.levels, true);
  if (!warning.text.empty()) observers.warning("{}", with_advice(warning));
}

}  // namespace graft
