// Which files of a folder count as images, and which do not and why: one walk for all commands. The rules are those
// of file_rules.h; this code only collects and does not judge, so that an audit can list all problems at once.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "engine/base/file_rules.h"
#include "engine/base/note.h"

namespace graft {

struct Ignored {
  std::filesystem::path path;
  std::string why;  // "hidden", ...
};

bool by_pattern(const Ignored& out);   // of the rules
Advice advice_on(const Ignored& out);  // which of the patterns; else none

// Why a file of a split outside of the class folders is left out.
inline constexpr const char* kOutsideOfClasses = "outside of the class folders";

struct ClassFolder {
  std::string name;
  std::filesystem::path folder;              // the files lie below it; with labels the split's folder
  std::vector<std::filesystem::path> files;  // sorted
};

struct SplitFolder {
  std::filesystem::path folder;
  std::vector<ClassFolder> classes;  // sorted by name; also those without files
  std::vector<Ignored> ignored;
  std::vector<Ignored> unreadable;  // folders; why: the system's reason
  // One sentence each, such as labels that match no image; the first split has those of all.
  std::vector<std::string> notes, warnings;
};

// Walks folder/<class>/..., or folder/... with labels. Patterns of the rules and the names in a table of labels,
// which may also list images of other folders, are compared with paths below `root`, the folder that the user gave.
SplitFolder walk_split(const std::filesystem::path& folder, const std::filesystem::path& root,
                       const DataRules& rules = {});

// The same for all splits of a folder together: a label without an image is reported.
std::vector<SplitFolder> walk_splits(const std::vector<std::filesystem::path>& folders,
                                     const std::filesystem::path& root, const DataRules& rules);

// Those of DATA/train, val, valid, validation, test that exist; if there are none, DATA itself as one split.
std::vector<SplitFolder> walk_data(const std::filesystem::path& data, const DataRules& rules = {});

struct FoundImages {
  std::vector<std::filesystem::path> files;  // sorted
  std::vector<Ignored> ignored, unreadable;
};
// All files below a folder, whatever its folders mean.
FoundImages walk_images(const std::filesystem::path& folder, const DataRules& rules = {});

// "left out 40: documents (.dat)", one line per reason.
std::vector<Note> describe_ignored(const std::vector<Ignored>& ignored);

// A sentence for each class folder that holds folders with the names of its siblings, usually a data set that was
// unpacked into itself.
std::vector<std::string> nested_classes(const SplitFolder& split);

// A sentence for each pattern of the rules that no file matched, which is usually a mistake; patterns of a run are
// only checked outside of its folder.
std::vector<Note> idle_patterns(const DataRules& rules, const std::vector<SplitFolder>& splits,
                                const std::filesystem::path& root);
std::vector<Note> idle_patterns(const DataRules& rules, const FoundImages& found,
                                const std::filesystem::path& root);

// Are there images, but not one in a class folder or with a label, as in the test sets of competitions?
bool has_no_classes(const SplitFolder& split);

// A sentence about a split that patterns left without images;
// empty if it has images, or patterns are not the cause.
Note all_left_out_by_pattern(const SplitFolder& split, const DataRules& rules);
Note left_out_by_pattern(const DataRules& rules);

void require_readable(const SplitFolder& split);  // else Error(Fault::resources) that names the first folder

// Folders of DATA that are called train, test or val in an unsupported spelling (Training, Testing, Valid) while
// the real one is missing; a link with the right name counts as present. If DATA has no split at all, both a
// training split and another are required: "Train" alone may be a class. Names in which only one word matches
// (training_set, seg_test) count if another split holds the same class folders.
struct MisnamedSplit {
  std::string folder, meant;  // "Training", "train"; "seg_train/seg_train", "train"
  // Shell commands for use in DATA; if DATA is not writable,
  // for use beside a new folder NEW that is then given instead.
  std::string command(const std::filesystem::path& data) const;
};
std::vector<MisnamedSplit> misnamed_splits(const std::filesystem::path& data);
void refuse_misnamed_splits(const std::filesystem::path& data);  // Error(Fault::data) with the commands

bool can_change(const std::filesystem::path& folder);  // files can be made and renamed in it
// For a message that asks for a change in the folder: what to do if it is not writable, else empty.
std::string unless_writable(const std::filesystem::path& folder);

bool is_folder(const std::filesystem::path& path);
void require_folder(const std::filesystem::path& folder);  // else Error(Fault::data) with a hint
// Sorted by bytes; throws Error(Fault::resources) if the folder cannot be read.
std::vector<std::filesystem::directory_entry> list_folder(const std::filesystem::path& folder);
std::vector<std::filesystem::directory_entry> list_folder(const std::filesystem::path& folder,
                                                          std::vector<Ignored>& unreadable);  // collects the errors

}  // namespace graft
