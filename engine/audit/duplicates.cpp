// Findings from comparing images: copies, near-duplicates, and groups on both sides of a split.
#include <algorithm>
#include <map>
#include <set>

#include "engine/audit/audit.h"
#include "engine/base/printable.h"
#include "engine/tables/similar_names.h"
#include "kernels/api/error.h"

namespace graft {
namespace {

// A set of equal images; which finding it is depends on where they are.
void add_copies(const AuditReport& report, const std::vector<size_t>& set, std::vector<Finding>& findings) {
  std::set<int> splits;
  std::set<std::string> classes, files;
  Finding finding{Severity::warning, "duplicate", {}, ""};
  for (size_t i : set) {
    const AuditedImage& image = report.images[i];
    splits.insert(image.split), classes.insert(image.class_name), files.insert(image.facts.digest);
    finding.paths.push_back(image.relative);
  }
  if (files.size() > 1) finding.detail = "the same pixels in different files";
  if (splits.size() > 1) finding.severity = Severity::error, finding.code = "duplicate-across-splits";
  if (classes.size() > 1) {
    Finding labels{Severity::error, "duplicate-across-classes", finding.paths, finding.detail};
    findings.push_back(std::move(labels));
    if (splits.size() == 1) return;
  }
  findings.push_back(std::move(finding));
}

void check_groups(AuditReport& report) {
  std::map<std::string, std::map<int, int>> in_split;  // group -> split -> images
  for (const AuditedImage& image : report.images) {
    if (image.group.empty())
      report.findings.push_back({Severity::error,
                                 "no-group",
                                 {image.relative},
                                 "the rule for groups says nothing about it" + report.group_example});
    else
      ++in_split[image.group][image.split];
  }
  report.groups = static_cast<int>(in_split.size());
  std::vector<std::string> names;
  for (const auto& [group, splits] : in_split) names.push_back(group);
  if (std::string doubt = doubt_groups(names); !doubt.empty())
    report.findings.push_back({Severity::warning, "similar-groups", {"."}, std::move(doubt)});
  for (const auto& [group, splits] : in_split) {
    if (splits.size() < 2) continue;
    ++report.shared_groups;
    std::string where;
    for (const auto& [split, images] : splits)
      where += fmt::format("{}{} {}", where.empty() ? "" : ", ", report.splits[split], images);
    Finding finding{Severity::error, "group-overlap", {}, fmt::format("group {}: {}", printable(group), where)};
    for (const AuditedImage& image : report.images)
      if (image.group == group) finding.paths.push_back(image.relative);
    report.findings.push_back(std::move(finding));
  }
}

void check_near(const AuditOptions& options, const std::vector<size_t>& firsts, AuditReport& report) {
  std::vector<const PerceptualHash*> hashes;
  for (size_t i : firsts) hashes.push_back(&report.images[i].facts.perceptual_hash);
  const NearPairs near = find_near_duplicates(hashes, options.near_bits, options.threads);
  report.near_omitted = near.omitted;
  for (const NearPair& pair : near.pairs) {
    const AuditedImage &a = report.images[firsts[pair.a]], &b = report.images[firsts[pair.b]];
    std::string code = "near-duplicate";
    if (a.class_name != b.class_name) code = "near-duplicate-across-classes";
    if (a.split != b.split) code = "near-duplicate-across-splits";
    report.findings.push_back({code == "near-duplicate" ? Severity::note : Severity::warning,
                               code,
                               {a.relative, b.relative},
                               fmt::format("{} of 256 bits, {:.1f} levels apart", pair.distance, pair.difference)});
  }
}

}  // namespace

void check_copies(const AuditOptions& options, AuditReport& report) {
  // Broken files, and images of one colour, whose likeness says nothing, are compared by their bytes.
  std::map<std::string, std::vector<size_t>> same;
  for (size_t i = 0; i < report.images.size(); ++i) {
    const ImageFacts& f = report.images[i].facts;
    if (f.bytes == 0) continue;
    const bool by_pixels = f.error.empty() && !f.one_colour;
    if (by_pixels || !f.digest.empty()) same[by_pixels ? f.pixels : "file " + f.digest].push_back(i);
  }
  std::vector<size_t> firsts;  // of each set of equal images that can be read
  for (const auto& [key, set] : same) {
    if (set.size() > 1) add_copies(report, set, report.findings);
    if (!key.starts_with("file ")) firsts.push_back(set[0]);
  }
  std::ranges::sort(firsts);
  if (!options.group_by.empty()) check_groups(report);
  if (options.near_bits >= 0) check_near(options, firsts, report);
}

}  // namespace graft
