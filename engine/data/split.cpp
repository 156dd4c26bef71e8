#include "engine/data/split.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

#include "engine/base/hash.h"
#include "engine/base/printable.h"
#include "engine/base/rng.h"
#include "engine/base/short_name.h"
#include "engine/data/mask_search.h"
#include "engine/data/unlabelled.h"
#include "engine/data/walk.h"
#include "engine/image/image_formats.h"
#include "engine/tables/groups.h"
#include "engine/tables/similar_names.h"
#include "kernels/api/error.h"

namespace graft {
namespace {

namespace fs = std::filesystem;

// The classes of one group's images, counted.
struct Group {
  std::vector<std::pair<int, int>> counts;  // (label, images)
  std::vector<int> images;
};

std::vector<Group> collect_groups(std::span<const int> label, std::span<const int> group) {
  std::vector<Group> groups(group.empty() ? 0 : size_t(*std::ranges::max_element(group)) + 1);
  for (size_t i = 0; i < group.size(); ++i) groups[group[i]].images.push_back(static_cast<int>(i));
  for (Group& g : groups) {
    std::map<int, int> counts;
    for (int i : g.images) ++counts[label[i]];
    g.counts.assign(counts.begin(), counts.end());
  }
  return groups;
}

// Images that must stay together: those of one group, and equal files. Union-find over the images.
class Together {
 public:
  explicit Together(size_t count) : parent_(count) { std::iota(parent_.begin(), parent_.end(), 0); }
  int find(int i) {
    while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
    return i;
  }
  void join(int a, int b) {
    a = find(a), b = find(b);
    parent_[std::max(a, b)] = std::min(a, b);
  }
  // Numbered from 0 in the order of their first images.
  std::vector<int> sets() {
    std::map<int, int> numbers;
    std::vector<int> of(parent_.size());
    for (size_t i = 0; i < of.size(); ++i)
      of[i] = numbers.emplace(find(static_cast<int>(i)), static_cast<int>(numbers.size())).first->second;
    return of;
  }

 private:
  std::vector<int> parent_;
};

// "a/1.png" of test becomes "a/test-1.png" if train has one too, shortened if that is too long.
fs::path free_name(const fs::path& below, const std::string& split, std::set<fs::path>& taken) {
  fs::path name = below;
  for (int number = 1; !taken.insert(name).second; ++number) {
    const std::string prefix = number == 1 ? split : fmt::format("{}{}", split, number);
    name = below.parent_path() / shortened_stem(prefix + "-" + below.filename().string(), kLongestFileName);
  }
  return name;
}

// Detects images by their first bytes; other files may be equal for other reasons.
bool is_image(const fs::path& path) {
  const std::vector<uint8_t> bytes = read_image_file(path, printable(path));
  return sniff(bytes).decoder != nullptr;
}

// Labels become folder names, which other programs may interpret.
void require_folder_name(const std::string& label) {
  if (label.find('/') != label.npos || label.size() > kLongestFileName || !why_not_data(label, true).empty())
    fail(Fault::data, "the label '{}' cannot be the name of a class folder; change it in the table",
         printable(label));
}

void set_groups(SplitPlan& plan, const std::vector<FileInData>& files, const fs::path& data,
                const GroupBy& group_by) {
  std::string note;
  const std::vector<std::string> groups = group_by.groups_of(files, data, &note);
  if (const auto none = std::ranges::find(groups, ""); none != groups.end())
    fail(Fault::data, Advice{"check-groups"},
         "the rule for groups says nothing about {} of {} images, the first is {}{}; every image needs a group",
         std::ranges::count(groups, ""), groups.size(), printable(files[none - groups.begin()].path),
         group_by.example());
  for (size_t i = 0; i < groups.size(); ++i) plan.images[i].group = groups[i];
  plan.notes.insert(plan.notes.end(), group_by.notes().begin(), group_by.notes().end());
  if (!note.empty()) plan.notes.push_back(std::move(note));
}

// Warns about images of val or test without known classes, which are not copied.
bool is_unlabelled(const SplitFolder& split, const SplitFolder& train, SplitPlan& plan) {
  if (&split == &train || train.folder.filename() != "train") return false;
  const std::string why = why_unlabelled(split, classes_with_images(train));
  if (why.empty()) return false;
  (has_no_classes(split) ? plan.notes : plan.warnings)
      .push_back({why + ", so its images are left out", Advice{"predict", {printable(split.folder)}}});
  return true;
}

SplitPlan list_images(const fs::path& data, const DataRules& rules, const std::string& group_by,
                      const std::function<void(int64_t, int64_t)>& done) {
  SplitPlan plan;
  refuse_misnamed_splits(data);
  const std::vector<SplitFolder> splits = walk_data(data, rules);
  for (const SplitFolder& split : splits) require_readable(split);
  plan.was_split = splits[0].folder != data;
  std::map<std::string, std::set<fs::path>> taken;
  std::vector<Ignored> ignored;
  std::vector<FileInData> files;
  for (const SplitFolder& split : splits) {
    ignored.insert(ignored.end(), split.ignored.begin(), split.ignored.end());
    plan.notes.insert(plan.notes.end(), split.notes.begin(), split.notes.end());
    plan.warnings.insert(plan.warnings.end(), split.warnings.begin(), split.warnings.end());
    if (is_unlabelled(split, splits[0], plan)) continue;
    for (const ClassFolder& c : split.classes) {
      if (!rules.labels.empty()) require_folder_name(c.name);
      for (const fs::path& file : c.files) {
        files.push_back({file.lexically_relative(data), file.lexically_relative(c.folder)});
        plan.images.push_back({file,
                               free_name(files.back().below, split.folder.filename().string(), taken[c.name]),
                               files.back().path.string(),
                               c.name,
                               files.back().path.string(),
                               {},
                               0});
      }
    }
  }
  if (!group_by.empty()) set_groups(plan, files, data, GroupBy(group_by));
  int64_t ready = 0;
  for (PlannedImage& image : plan.images) {
    image.digest = sha256_file(image.source);
    done(++ready, int64_t(plan.images.size()));
  }
  if (plan.images.empty()) {
    if (std::ranges::any_of(ignored, by_pattern)) {
      const Note nothing = left_out_by_pattern(rules);
      fail(Fault::data, nothing.advice, "{}: no images: {}", printable(data), nothing.text);
    }
    fail(Fault::data, "{0}: no images; put them into {0}/<class>/, one folder a class", printable(data));
  }
  for (const SplitFolder& split : splits)
    for (std::string& nested : nested_classes(split)) plan.warnings.push_back(std::move(nested));
  if (Note masks = warn_of_masks(splits, data); !masks.text.empty()) plan.warnings.push_back(std::move(masks));
  for (const Note& line : describe_ignored(ignored)) plan.notes.push_back(line);
  for (Note& idle : idle_patterns(rules, splits, data)) plan.warnings.push_back(std::move(idle));
  std::ranges::stable_sort(plan.images, [](const PlannedImage& a, const PlannedImage& b) {
    return std::tie(a.class_name, a.relative) < std::tie(b.class_name, b.relative);
  });
  return plan;
}

// Rejects invalid sets of classes before anything is copied.
void refuse_contradictions(const SplitPlan& plan, const fs::path& data, const DataRules& rules) {
  const std::string where = printable(data);
  const bool in_table = !rules.labels.empty();
  if (plan.classes.size() == 1)
    fail(Fault::data, in_table ? Advice{} : Advice{"labels"}, "{}: images of one class only ('{}'); {}", where,
         printable(plan.classes[0]),
         in_table ? "the table has to name two labels or more"
                  : "a folder for each class is needed, or a table of labels");
  refuse_similar_classes(plan.classes, in_table ? printable(rules.labels) : where, in_table);
  std::map<std::string, const PlannedImage*> first;
  std::string example;
  int copies = 0;
  for (const PlannedImage& image : plan.images) {
    const PlannedImage& other = *first.emplace(image.digest, &image).first->second;
    if (other.class_name == image.class_name || !is_image(image.source)) continue;
    if (++copies == 1) example = printable(other.relative) + " = " + printable(image.relative);
  }
  if (copies)
    fail(Fault::data, Advice{"check"}, "{}: {} image{} there under two labels (the first: {}); {}", where, copies,
         copies == 1 ? " is" : "s are", example,
         in_table ? "give equal files one label in the table, or take the wrong ones out of it"
                  : "remove the wrong ones of each pair, or exclude a folder");
}

}  // namespace

std::vector<int> assign_parts(std::span<const int> label, std::span<const int> group,
                              std::span<const double> shares, uint64_t seed) {
  require(label.size() == group.size() && !shares.empty(), "assign_parts: {} labels, {} groups", label.size(),
          group.size());
  const std::vector<Group> groups = collect_groups(label, group);
  std::vector<int> order = shuffled(static_cast<int>(groups.size()), stream_id(Purpose::split, seed), 0);
  std::ranges::stable_sort(order, std::ranges::greater{}, [&](int g) { return groups[g].images.size(); });
  const int classes = label.empty() ? 0 : *std::ranges::max_element(label) + 1;
  std::vector<double> total(static_cast<size_t>(classes), 0);
  for (int l : label) ++total[l];
  std::vector<std::vector<double>> missing;  // per part and class: images missing to its share
  for (double share : shares) {
    missing.push_back(total);
    for (double& m : missing.back()) m *= share;
  }
  std::vector<int> part(label.size(), 0);
  for (int g : order) {
    size_t best = 0;
    double best_cost = 0;
    for (size_t p = 0; p < shares.size(); ++p) {
      double cost = 0;  // increase of the squared distance from the shares
      for (const auto& [l, n] : groups[g].counts) cost += n * (n - 2 * missing[p][l]) / total[l];
      if (p == 0 || cost < best_cost) best = p, best_cost = cost;
    }
    for (const auto& [l, n] : groups[g].counts) missing[best][l] -= n;
    for (int i : groups[g].images) part[i] = static_cast<int>(best);
  }
  return part;
}

SplitPlan plan_split(const fs::path& data, const DataRules& rules, const std::string& group_by,
                     std::span<const double> shares, uint64_t seed,
                     const std::function<void(int64_t, int64_t)>& done) {
  SplitPlan plan = list_images(data, rules, group_by, done);
  std::vector<int> label;
  Together together(plan.images.size());
  std::map<std::string, int> first_of_group, first_of_file;
  for (size_t i = 0; i < plan.images.size(); ++i) {
    PlannedImage& image = plan.images[i];
    if (plan.classes.empty() || plan.classes.back() != image.class_name) plan.classes.push_back(image.class_name);
    label.push_back(static_cast<int>(plan.classes.size()) - 1);
    const int at = static_cast<int>(i);
    const auto [file, new_file] = first_of_file.emplace(image.digest, at);
    if (!new_file) {
      ++plan.copies;
      together.join(at, file->second);
      if (group_by.empty()) image.group = plan.images[file->second].group;
    }
    together.join(at, first_of_group.emplace(image.group, at).first->second);
  }
  refuse_contradictions(plan, data, rules);
  std::set<std::string> groups;
  for (const PlannedImage& image : plan.images) groups.insert(image.group);
  plan.groups = static_cast<int>(groups.size());
  if (std::string doubt = doubt_groups({groups.begin(), groups.end()}); !group_by.empty() && !doubt.empty())
    plan.warnings.push_back(std::move(doubt));
  const std::vector<int> part = assign_parts(label, together.sets(), shares, seed);
  for (size_t i = 0; i < part.size(); ++i) plan.images[i].part = part[i];
  return plan;
}

int shared_groups(const std::vector<PlannedImage>& images, std::span<const int> part_of) {
  std::map<std::string, std::set<int>> groups, files;
  for (size_t i = 0; i < images.size(); ++i) {
    groups[images[i].group].insert(part_of[i]);
    files[images[i].digest].insert(part_of[i]);
  }
  const auto several = [](const auto& entry) { return entry.second.size() > 1; };
  return static_cast<int>(std::ranges::count_if(groups, several) + std::ranges::count_if(files, several));
}

}  // namespace graft
