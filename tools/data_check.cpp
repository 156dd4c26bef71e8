#include "tools/data_check.h"

#include "engine/data/leaks.h"
#include "engine/data/printable.h"
#include "kernels/api/error.h"

namespace graft {

void check_before_training(const Dataset& data, const TrainOptions& o) {
  const auto copies = copies_across_splits(data);
  if (!copies.empty()) {
    const auto& [first, second] = copies[0];
    fmt::print(
        "warning: {} image{} of validation or test {} in an earlier split, too (the first: {} = {}): results will "
        "be "
        "too good; vgg-finetune check lists all\n",
        copies.size(), copies.size() == 1 ? "" : "s", copies.size() == 1 ? "is" : "are",
        printable(first.lexically_relative(o.data)), printable(second.lexically_relative(o.data)));
  }
  if (o.group_by.empty()) return;
  const GroupOverlap overlap = group_overlap(data, o.data, GroupBy(o.group_by));
  const auto shared = overlap.shared.size();
  fmt::print("{} groups, {} shared between the splits\n", overlap.groups, shared);
  if (shared == 0) return;
  if (!o.allow_group_overlap)
    fail(Fault::data,
         "{} of {} groups have images in two splits (the first: {}), so the test would not be one; make new splits "
         "with vgg-finetune split --group-by, or accept it with --allow-group-overlap, which the run records",
         shared, overlap.groups, printable(overlap.shared[0]));
  fmt::print("warning: groups are shared between the splits (--allow-group-overlap): results will be too good\n");
}

}  // namespace graft
