// vgg-finetune check: reports what is wrong with a data set, as text and as JSON. Changes nothing.
#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "engine/audit/audit.h"
#include "engine/base/atomic_file.h"
#include "engine/base/printable.h"
#include "kernels/api/error.h"
#include "tools/commands/data_options.h"
#include "tools/commands/options.h"
#include "tools/options/advice.h"
#include "tools/run/run_config.h"
#include "tools/terminal/command_line.h"
#include "tools/terminal/interrupt.h"
#include "tools/terminal/progress_line.h"
#include "tools/terminal/terminal.h"
#include "tools/version.h"

namespace graft {
namespace {

constexpr size_t kShown = 10;  // per kind of finding

struct Kind {
  const char *code, *title;
};
constexpr Kind kKinds[] = {
    {"duplicate-across-splits", "the same image in two splits: test results would be too optimistic"},
    {"duplicate-across-classes", "the same image under two labels"},
    {"group-overlap", "groups with images in two splits"},
    {"no-group", "images without a group"},
    {"misnamed-split", "splits under names that are not train, val or test: rename them, or link them"},
    {"unreadable-folder", "folders that cannot be read"},
    {"not-read", "files that the system could not read: their content is unknown"},
    {"unreadable", "files that cannot be read as images"},
    {"empty-file", "empty files"},
    {"unknown-class", "classes that are missing in train"},
    {"no-images", "folders without images"},
    {"one-class", "only one class"},
    {"two-validation-folders", "two validation folders"},
    {"near-duplicate-across-splits", "images of two splits that look alike: inspect them"},
    {"near-duplicate-across-classes", "images of two classes that look alike: inspect them"},
    {"near-duplicate", "images of one class that look alike"},
    {"duplicate", "copies within a class: they count twice"},
    {"wrong-suffix", "suffixes that contradict the content (the content counts)"},
    {"empty-class", "class folders without images"},
    {"missing-class", "classes without images in this split"},
    {"unlabelled", "folders of images without classes"},
    {"labels", "problems of the label table"},
    {"group-column", "problems of the group table"},
    {"few-images", "classes with few images"},
    {"same-folders-in-classes", "classes that all hold the same folders: are these the classes?"},
    {"similar-class-names", "class names that look the same: case, blanks, accents"},
    {"similar-groups", "group names that look the same"},
    {"nested-classes", "classes that contain folders named after other classes"},
    {"masks", "masks among the images"},
    {"idle-pattern", "patterns that match nothing"},
    {"unbalanced", "the largest and the smallest class differ more than tenfold"},
    {"odd-name", "names that are not plain text"},
    {"outside-of-class-folders", "files outside the class folders: not used"},
    {"left-out", "entries that are not used"},
    {"other-folder", "other folders next to the splits"},
    {"exif-rotated", "images that an image viewer would rotate"},
    {"one-colour", "images of a single colour"},
    {"dark", "images that are nearly black: is their value range another one?"},
    {"small", "images that must be enlarged a lot"},
    {"elongated", "images that stretching distorts a lot"},
    {"deep-range",
     "images of more than 8 bits that would lose most contrast: use the option, or export them again"},
    {"deep-cut-off", "images with values outside the range that is used"},
    {"deep", "images of more than 8 bits"},
    {"tolerated", "files that are irregular but complete: they are read"},
    {"alpha", "images with transparency"},
};

const char* title_of(const std::string& code) {
  for (const Kind& kind : kKinds)
    if (code == kind.code) return kind.title;
  return "";
}

void print_table(const AuditReport& report) {
  std::map<std::pair<std::string, int>, int> counts;
  for (const AuditedImage& image : report.images) ++counts[{image.class_name, image.split}];
  size_t width = 5;
  for (const std::string& c : report.classes) width = std::max(width, printable(c).size());
  print_out("{:{}}", "class", width);
  for (const std::string& split : report.splits) print_out("  {:>10}", split);
  print_out("\n");
  std::vector<int> sums(report.splits.size(), 0);
  for (const std::string& c : report.classes) {
    print_out("{:{}}", printable(c), width);
    for (size_t s = 0; s < report.splits.size(); ++s) {
      const int count = counts[{c, int(s)}];
      print_out("  {:>10}", count);
      sums[s] += count;
    }
    print_out("\n");
  }
  print_out("{:{}}", "all", width);
  for (int sum : sums) print_out("  {:>10}", sum);
  print_out("\n");
}

std::string listed(const std::map<std::string, int>& counts) {
  std::string text;
  for (const auto& [what, count] : counts) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, what);
  return text;
}

// File formats, modes and sizes of the readable images.
void print_facts(const AuditReport& report) {
  std::map<std::string, int> kinds, modes;
  std::vector<int> w, h;
  for (const AuditedImage& image : report.images) {
    const ImageFacts& f = image.facts;
    if (!f.error.empty()) continue;
    ++kinds[f.kind], ++modes[fmt::format("{} of {} bits", f.mode, f.bits)];
    w.push_back(f.w), h.push_back(f.h);
  }
  if (w.empty()) return;
  std::ranges::sort(w), std::ranges::sort(h);
  print_out("\nfiles: {}\nmodes: {}\nwidth: {} to {}, median {}; height: {} to {}, median {}\n", listed(kinds),
            listed(modes), w.front(), w.back(), w[w.size() / 2], h.front(), h.back(), h[h.size() / 2]);
}

void print_finding(const Finding& f) {
  std::string line;
  for (size_t i = 0; i < std::min(f.paths.size(), kShown); ++i) line += (i ? " = " : "    ") + f.paths[i];
  if (f.paths.size() > kShown) line += fmt::format(" and {} more", f.paths.size() - kShown);
  const std::string detail = with_advice(f.detail, f.advice);
  print_out("{}{}\n", line, detail.empty() ? "" : "  (" + detail + ")");
}

void print_findings(const AuditReport& report, bool with_json) {
  for (size_t begin = 0; begin < report.findings.size();) {
    const Finding& first = report.findings[begin];
    size_t end = begin;
    while (end < report.findings.size() && report.findings[end].code == first.code &&
           report.findings[end].severity == first.severity)
      ++end;
    print_out("\n{}: {} x {}: {}\n", name(first.severity), end - begin, first.code, title_of(first.code));
    for (size_t i = begin; i < std::min(end, begin + kShown); ++i) print_finding(report.findings[i]);
    if (end - begin > kShown)
      print_out("    ... and {} more{}\n", end - begin - kShown, with_json ? "" : " (--json FILE lists all)");
    begin = end;
  }
  if (report.near_omitted)
    print_out("\n{} more pairs that look alike are not listed: some images have too many\n", report.near_omitted);
}

nlohmann::json to_json(const AuditReport& report) {
  nlohmann::json images = nlohmann::json::array(), findings = nlohmann::json::array();
  for (const AuditedImage& image : report.images) {
    const ImageFacts& f = image.facts;
    nlohmann::json one = {{"path", image.relative},
                          {"split", report.splits[image.split]},
                          {"class", printable(image.class_name)},
                          {"bytes", f.bytes},
                          {"kind", f.kind},
                          {"sha256", f.digest}};
    if (!image.group.empty()) one["group"] = printable(image.group);
    if (f.error.empty())
      one.update(
          {{"width", f.w}, {"height", f.h}, {"mode", f.mode}, {"bits", f.bits}, {"orientation", f.orientation}});
    else
      one["error"] = f.error;
    if (!f.note.empty()) one["note"] = f.note;
    if (f.depth) one["values"] = {f.depth->low, f.depth->high};
    images.push_back(std::move(one));
  }
  for (const Finding& f : report.findings)
    findings.push_back({{"severity", name(f.severity)},
                        {"code", f.code},
                        {"paths", f.paths},
                        {"detail", with_advice(f.detail, f.advice)}});
  const auto rotated = [](const AuditedImage& image) { return image.facts.orientation != 1; };
  std::vector<std::string> classes;
  for (const std::string& c : report.classes) classes.push_back(printable(c));
  return {{"format", 1},
          {"program", std::string("graft ") + kVersion},
          {"data", printable(report.data)},
          {"splits", report.splits},
          {"classes", classes},
          {"errors", report.count(Severity::error)},
          {"warnings", report.count(Severity::warning)},
          {"groups", report.groups},
          {"shared_groups", report.shared_groups},
          {"exif_rotated", std::ranges::count_if(report.images, rotated)},
          {"near_pairs_not_listed", report.near_omitted},
          {"findings", findings},
          {"images", images}};
}

int run_check(const CheckCommandOptions& o) {
  catch_interrupts();
  const std::filesystem::path data = std::filesystem::absolute(o.data).lexically_normal();
  AuditReport report;
  {
    std::optional<ProgressLine> progress;
    report = audit_data(data.has_filename() ? data : data.parent_path(),
                        {o.rules, o.group_by, o.near_bits, o.threads, o.levels}, [&](int64_t n, int64_t of) {
                          if (!progress) progress.emplace("check", of);
                          return progress->update(n), !interrupted();
                        });
  }
  if (interrupted()) return 128 + interrupted();
  print_table(report);
  print_facts(report);
  print_findings(report, !o.json.empty());
  if (!o.json.empty()) write_file(o.json, dump(to_json(report)));
  const int errors = report.count(Severity::error), warnings = report.count(Severity::warning);
  if (!o.group_by.empty())
    print_out("\n{} groups, {} shared between splits\n", report.groups, report.shared_groups);
  print_out("\n{} images: {} errors, {} warnings{}\n", report.images.size(), errors, warnings,
            errors ? "" : "; nothing found that prevents training");
  const auto not_given = [](const Finding& f) { return f.code == "not-read" || f.code == "unreadable-folder"; };
  if (std::ranges::any_of(report.findings, not_given)) return static_cast<int>(Fault::resources);
  return errors ? static_cast<int>(Fault::data) : 0;
}

}  // namespace

void add_check_command(CLI::App& app, int& exit_code) {
  CLI::App& c = *app.add_subcommand(
      "check", "Check every image of a data set: broken, copied between splits, mislabelled, shared patients");
  auto o = std::make_shared<CheckCommandOptions>();
  c.footer("Exit codes: 0 no errors (warnings are printed), 3 errors, 5 some files or folders are inaccessible.");
  c.add_option("DATA", o->data, "folder with train/<class>/* ..., or a folder of classes")->required();
  add_data_rules(c, o->rules), add_labels(c, o->rules);
  c.add_option("--group-by", o->group_by,
               "which images belong together (a patient): a regular expression on the path below the class folder, "
               "as in '^([^_]+)_', or a table: FILE[:IMAGE_COLUMN,GROUP_COLUMN]");
  c.add_option("--near", o->near_bits,
               "how many of the 256 bits of the perceptual hashes of near-duplicates may differ; -1: no search")
      ->capture_default_str()
      ->check(CLI::Range(-1, 64));
  add_depth_options(c, o->levels);
  c.add_option("--json", o->json, "also write all facts and findings to this file");
  c.add_option("--threads", o->threads, "0: one per core")->capture_default_str()->check(CLI::Range(0, 1024));
  c.callback([o, &exit_code] { exit_code = run_check(*o); });
}

}  // namespace graft
