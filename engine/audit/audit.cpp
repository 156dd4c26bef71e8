#include "engine/audit/audit.h"

#include <algorithm>
#include <map>
#include <set>

#include "engine/base/printable.h"
#include "engine/data/labels.h"
#include "engine/data/mask_search.h"
#include "engine/data/unlabelled.h"
#include "engine/tables/similar_names.h"
#include "kernels/api/error.h"

namespace graft {
namespace {

namespace fs = std::filesystem;
constexpr int kFewImages = 10, kSmallSide = 32, kLongAspect = 4, kUnbalanced = 10, kDark = 31;

// The finding that reports why a walk ignored something.
void add_ignored(const Ignored& out, const std::string& path, std::vector<Finding>& findings) {
  if (out.why == "hidden" || out.why.starts_with("of the system") || out.why.starts_with("documents") ||
      by_pattern(out) || out.why == kWithoutLabel)
    findings.push_back({Severity::note, "left-out", {path}, out.why, advice_on(out)});
  else if (out.why == kOutsideOfClasses)
    findings.push_back({Severity::warning, "outside-of-class-folders", {path}, ""});
  else
    findings.push_back({Severity::warning, "left-out", {path}, out.why});
}

// Names that tables, JSON and other programs cannot show unchanged.
void check_name(const fs::path& name, const std::string& path, bool is_class, std::vector<Finding>& findings) {
  const std::string& raw = name.native();
  if (printable(name) != raw)
    findings.push_back({is_class ? Severity::error : Severity::warning,
                        "odd-name",
                        {path},
                        "it has control characters or is not UTF-8"});
  else if (is_class && (raw.front() == ' ' || raw.back() == ' '))
    findings.push_back({Severity::warning, "odd-name", {path}, "it begins or ends with a blank"});
}

void check_classes(const SplitFolder& split, const std::string& where, const std::set<std::string>& known,
                   bool is_first, std::vector<Finding>& findings) {
  std::set<std::string> here;
  size_t images = 0;
  for (const ClassFolder& c : split.classes) {
    const std::string path = where + printable(fs::path(c.name));
    images += c.files.size();
    if (std::ranges::find(split.unreadable, c.folder, &Ignored::path) != split.unreadable.end()) {
      here.insert(c.name);  // reported separately
      continue;
    }
    if (c.files.empty()) {
      if (is_first || !known.contains(c.name)) findings.push_back({Severity::warning, "empty-class", {path}, ""});
      continue;
    }
    here.insert(c.name);
    check_name(fs::path(c.name), path, true, findings);
    if (!known.contains(c.name))
      findings.push_back({Severity::error, "unknown-class", {path}, "train has no images of it"});
    if (is_first && c.files.size() < kFewImages)
      findings.push_back({Severity::warning, "few-images", {path}, fmt::format("{} images", c.files.size())});
  }
  const std::string folder = where.empty() ? "." : where;
  if (images == 0) findings.push_back({Severity::error, "no-images", {folder}, "put them into <class> folders"});
  for (const std::string& name : known)
    if (images > 0 && !here.contains(name))
      findings.push_back({Severity::warning, "missing-class", {where + printable(fs::path(name))}, "no images"});
}

// Of the first split, which defines the class names.
void check_class_list(const SplitFolder& split, const std::string& where, std::vector<Finding>& findings) {
  const ClassFolder *least = nullptr, *most = nullptr;
  std::vector<std::string> names;
  for (const ClassFolder& c : split.classes) {
    if (c.files.empty()) continue;
    names.push_back(c.name);
    if (!least || c.files.size() < least->files.size()) least = &c;
    if (!most || c.files.size() > most->files.size()) most = &c;
  }
  for (const auto& [a, b] : find_similar(names))
    findings.push_back({Severity::error,
                        "similar-class-names",
                        {where + printable(fs::path(a)), where + printable(fs::path(b))},
                        describe_difference(a, b)});
  if (names.size() == 1)
    findings.push_back({Severity::error, "one-class", {where + printable(fs::path(names[0]))}, "two are needed"});
  if (most && most->files.size() > kUnbalanced * least->files.size())
    findings.push_back({Severity::note,
                        "unbalanced",
                        {where + printable(fs::path(most->name)), where + printable(fs::path(least->name))},
                        fmt::format("{} and {} images", most->files.size(), least->files.size())});
}

// Do all classes of a split hold the same folders, and nothing else? Then those may be the classes.
void check_depth(const SplitFolder& split, const std::string& where, std::vector<Finding>& findings) {
  std::optional<std::set<std::string>> folders;
  int classes = 0;
  for (const ClassFolder& c : split.classes) {
    if (c.files.empty()) continue;
    if (c.folder == split.folder) return;  // classes come from labels, so folders mean nothing
    std::set<std::string> here;
    for (const fs::path& file : c.files) {
      const fs::path below = file.lexically_relative(c.folder);
      if (!below.has_parent_path()) return;
      here.insert(printable(*below.begin()));
    }
    if (folders && *folders != here) return;
    folders = here, ++classes;
  }
  if (classes < 2 || folders->size() < 2) return;
  constexpr size_t kNamed = 5;
  std::string names;
  for (auto name = folders->begin(); name != std::next(folders->begin(), std::min(kNamed, folders->size())); ++name)
    names += (names.empty() ? "" : ", ") + *name;
  findings.push_back(
      {Severity::warning,
       "same-folders-in-classes",
       {where.empty() ? "." : where},
       fmt::format("each of {} classes holds {}{}", classes, names, folders->size() > kNamed ? ", ..." : "")});
}

}  // namespace

const char* name(Severity severity) {
  return severity == Severity::error ? "error" : severity == Severity::warning ? "warning" : "note";
}

int AuditReport::count(Severity severity) const {
  return static_cast<int>(
      std::ranges::count_if(findings, [&](const Finding& f) { return f.severity == severity; }));
}

void check_folders(const std::vector<SplitFolder>& splits, AuditReport& report) {
  std::set<std::string> known;
  for (const ClassFolder& c : splits[0].classes)
    if (!c.files.empty()) known.insert(c.name);
  std::vector<std::string> vals;
  const bool is_split = report.splits[0] != "all";
  for (size_t i = 0; i < splits.size(); ++i) {
    const std::string where = is_split ? report.splits[i] + "/" : "";
    const std::string unlabelled = i > 0 && (report.splits[0] == "train" || has_no_classes(splits[i]))
                                       ? why_unlabelled(splits[i], {known.begin(), known.end()})
                                       : "";
    if (!unlabelled.empty())
      report.findings.push_back({Severity::warning,
                                 "unlabelled",
                                 {where},
                                 unlabelled + ", so nothing is tested or validated with them",
                                 Advice{"predict", {printable(splits[i].folder)}}});
    else
      check_classes(splits[i], where, known, i == 0, report.findings);
    check_depth(splits[i], where, report.findings);
    for (const std::string& nested : nested_classes(splits[i]))
      report.findings.push_back({Severity::warning, "nested-classes", {where.empty() ? "." : where}, nested});
    for (const Ignored& folder : splits[i].unreadable) {
      const fs::path relative = folder.path.lexically_relative(report.data);
      report.findings.push_back({Severity::error,
                                 "unreadable-folder",
                                 {printable(relative)},
                                 folder.why + "; nothing in it was looked at"});
    }
    for (const Ignored& out : splits[i].ignored)
      if (unlabelled.empty() || out.why != kOutsideOfClasses)
        add_ignored(out, printable(out.path.lexically_relative(report.data)), report.findings);
    if (report.splits[i].starts_with("val")) vals.push_back(where);
  }
  check_class_list(splits[0], is_split ? report.splits[0] + "/" : "", report.findings);
  for (const MisnamedSplit& split : misnamed_splits(report.data))
    report.findings.push_back({Severity::error, "misnamed-split", {split.folder}, split.command(report.data)});
  if (vals.size() > 1) report.findings.push_back({Severity::error, "two-validation-folders", vals, "keep one"});
  if (!is_split) return;
  if (report.splits[0] != "train")
    report.findings.push_back({Severity::error, "no-images", {"train/"}, "there is no train folder"});
  std::vector<Ignored> unreadable;
  for (const fs::directory_entry& entry : list_folder(report.data, unreadable)) {
    const std::string folder = entry.path().filename().native();
    std::error_code error;
    if (entry.is_directory(error) && why_not_data(folder, true).empty() &&
        std::ranges::find(report.splits, folder) == report.splits.end())
      report.findings.push_back({Severity::note, "other-folder", {printable(fs::path(folder))}, "not looked into"});
  }
  for (const Ignored& folder : unreadable)
    report.findings.push_back({Severity::error, "unreadable-folder", {"."}, folder.why});
}

void check_images(AuditReport& report) {
  for (const AuditedImage& image : report.images) {
    const ImageFacts& f = image.facts;
    const auto add = [&](Severity severity, const char* code, std::string detail, Advice advice = {}) {
      report.findings.push_back({severity, code, {image.relative}, std::move(detail), std::move(advice)});
    };
    check_name(image.path.filename(), image.relative, false, report.findings);
    if (f.wrong_suffix) add(Severity::warning, "wrong-suffix", "it is a " + f.kind);
    if (!f.error.empty()) {
      const std::string path = printable(image.path) + ": ";
      const bool empty = f.bytes == 0 && !f.digest.empty();
      add(Severity::error,
          f.not_read ? "not-read"
          : empty    ? "empty-file"
                     : "unreadable",
          f.error.starts_with(path) ? f.error.substr(path.size()) : f.error);
      continue;
    }
    if (!f.note.empty()) add(Severity::note, "tolerated", f.note);
    if (f.orientation != 1)
      add(Severity::warning, "exif-rotated", fmt::format("its EXIF orientation, {}, is not applied", f.orientation),
          Advice{"apply-exif"});
    if (f.mode == "RGBA" || f.mode == "gray+alpha") add(Severity::note, "alpha", "its transparency is dropped");
    if (f.one_colour) add(Severity::warning, "one-colour", "all its pixels are the same");
    if (f.brightest <= kDark && !f.one_colour)
      add(Severity::warning, "dark", fmt::format("no value is above {} of 255", f.brightest));
    if (std::min(f.w, f.h) < kSmallSide) add(Severity::warning, "small", fmt::format("{} x {} pixels", f.w, f.h));
    if (std::max(f.w, f.h) > kLongAspect * std::min(f.w, f.h))
      add(Severity::warning, "elongated", fmt::format("{} x {} pixels", f.w, f.h));
  }
}

namespace {

void check_masks(AuditReport& report) {
  std::vector<MaskCandidate> files;
  std::map<std::pair<int, std::string>, int> places;
  for (const AuditedImage& image : report.images) {
    const int place = places.emplace(std::pair(image.split, image.class_name), int(places.size())).first->second;
    files.push_back({image.below, place, image.facts.error.empty() && image.facts.two_valued, image.class_name});
  }
  const FoundMasks masks = find_masks(files);
  if (masks.files.empty()) return;
  const std::string& first = report.images[masks.files[0]].relative;
  const Note note = describe(masks, files.size(), first);
  report.findings.push_back({Severity::warning, "masks", {first}, note.text, note.advice});
}

}  // namespace

AuditReport audit_data(const fs::path& data, const AuditOptions& options,
                       const std::function<bool(int64_t, int64_t)>& done) {
  std::optional<GroupBy> groups;
  if (!options.group_by.empty()) groups.emplace(options.group_by);
  const std::vector<SplitFolder> splits = walk_data(data, options.rules);
  AuditReport report;
  report.data = data;
  std::set<std::string> classes;
  std::vector<fs::path> files;
  std::vector<FileInData> in_data;
  for (const SplitFolder& split : splits) {
    report.splits.push_back(split.folder == data ? "all" : split.folder.filename().string());
    for (const ClassFolder& c : split.classes) {
      if (!c.files.empty()) classes.insert(c.name);
      for (const fs::path& file : c.files) {
        const fs::path relative = file.lexically_relative(data), below = file.lexically_relative(c.folder);
        report.images.push_back(
            {file, printable(relative), printable(below), int(report.splits.size()) - 1, c.name, "", {}});
        files.push_back(file);
        in_data.push_back({relative, below});
      }
    }
  }
  std::string group_note;
  if (groups) {
    const std::vector<std::string> names = groups->groups_of(std::move(in_data), data, &group_note);
    for (size_t i = 0; i < names.size(); ++i) report.images[i].group = names[i];
    report.group_example = groups->example();
  }
  report.classes.assign(classes.begin(), classes.end());
  bool whole = true;
  const auto count = static_cast<int64_t>(files.size());
  std::vector<ImageFacts> facts = inspect_images(
      files, InspectDepth::hashes, options.threads, [&](int64_t n) { return whole = done(n, count); },
      options.levels);
  if (!whole) return report;
  for (size_t i = 0; i < facts.size(); ++i) report.images[i].facts = std::move(facts[i]);

  check_folders(splits, report);
  for (const Note& idle : idle_patterns(options.rules, splits, data))
    report.findings.push_back({Severity::warning, "idle-pattern", {"."}, idle.text, idle.advice});
  for (const std::string& text : splits[0].warnings)
    report.findings.push_back({Severity::warning, "labels", {"."}, text});
  for (const std::string& text : splits[0].notes)
    report.findings.push_back({Severity::note, "labels", {"."}, text});
  if (groups)
    for (const std::string& text : groups->notes())
      report.findings.push_back({Severity::note, "group-column", {"."}, text});
  if (!group_note.empty()) report.findings.push_back({Severity::note, "group-column", {"."}, group_note});
  check_images(report);
  check_masks(report);
  check_deep(report);
  check_copies(options, report);
  std::ranges::stable_sort(report.findings, [](const Finding& a, const Finding& b) {
    return std::tie(a.severity, a.code, a.paths) < std::tie(b.severity, b.code, b.paths);
  });
  return report;
}

}  // namespace graft
