// Checks every file of a data set before its results are trusted: unreadable files, copies in two splits, patients
// in two splits, contradicting labels. Nothing is changed or removed.
#pragma once
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/audit/near_duplicates.h"
#include "engine/data/walk.h"
#include "engine/image/inspect.h"
#include "engine/tables/groups.h"
#include "kernels/api/error.h"

namespace graft {

enum class Severity { error, warning, note };
const char* name(Severity severity);

// One problem with these files. Paths are relative to DATA, as text (printable.h).
struct Finding {
  Severity severity;
  std::string code;  // "unreadable", "duplicate-across-splits", ...; docs/DATA.md has the list
  std::vector<std::string> paths;
  std::string detail;  // what a line says after the paths; may be empty
  Advice advice = {};  // on what to do
};

struct AuditedImage {
  std::filesystem::path path;     // as on disk
  std::string relative, below;    // to DATA, to the class folder: text
  int split = 0;                  // index into AuditReport::splits
  std::string class_name, group;  // group: empty without --group-by
  ImageFacts facts;
};

struct AuditReport {
  std::filesystem::path data;
  std::vector<std::string> splits;   // "train", "val", ...; one that is called "all" if DATA is not split
  std::vector<std::string> classes;  // sorted; the union over all splits
  std::vector<AuditedImage> images;
  std::vector<Finding> findings;      // by severity, then code, then path
  int64_t near_omitted = 0;           // pairs that are counted, not listed
  int shared_groups = 0, groups = 0;  // with --group-by
  std::string group_example;          // see GroupBy::example
  int count(Severity severity) const;
};

struct AuditOptions {
  DataRules rules;
  std::string group_by;           // see GroupBy; empty: no groups
  int near_bits = kNearDistance;  // -1: do not look for near-duplicates
  int threads = 0;
  std::optional<Levels> levels;  // for images of more than 8 bits
};

// Throws Error only where there is nothing to check (no such folder, a --group-by that cannot be read). done(n, of)
// reports progress; returning false stops the audit, and the report is then incomplete.
AuditReport audit_data(const std::filesystem::path& data, const AuditOptions& options,
                       const std::function<bool(int64_t done, int64_t of)>& done);

// Parts of audit_data: the first checks folders and names; the second each image alone; the others compare images.
void check_folders(const std::vector<SplitFolder>& splits, AuditReport& report);
void check_images(AuditReport& report);
void check_deep(AuditReport& report);
void check_copies(const AuditOptions& options, AuditReport& report);

}  // namespace graft
