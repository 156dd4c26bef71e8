// Which files of a folder count as images, and which do not and why: the one walk of all commands. The rules are
// those of file_rules.h; here nothing is judged, so that a check can list everything that is wrong at once.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "engine/base/file_rules.h"

namespace graft {

struct LeftOut {
  std::filesystem::path path;
  std::string why;  // "hidden", ...
};

bool by_pattern(const LeftOut& out);  // by one of --exclude or --only

// Why a file of a split is left out that no class folder has.
inline constexpr const char* kOutsideOfClasses = "outside of the class folders";

struct ClassFolder {
  std::string name;
  std::filesystem::path folder;              // what the files lie below; with labels the split's
  std::vector<std::filesystem::path> files;  // sorted
};

struct SplitFolder {
  std::filesystem::path folder;
  std::vector<ClassFolder> classes;  // sorted by name; also those without files
  std::vector<LeftOut> left_out;
  std::vector<LeftOut> unreadable;  // folders; why: what the system says
  // One sentence each, of labels that fit no image and the like; the first split has those of all.
  std::vector<std::string> notes, warnings;
};

// folder/<class>/..., or folder/... with labels. Patterns of the rules are compared with paths below `root`, the
// folder that the user gave, and so are the names in a table of labels, which may list images of other folders too.
SplitFolder walk_split(const std::filesystem::path& folder, const std::filesystem::path& root,
                       const DataRules& rules = {});

// The same for all splits of a folder together: a label that no image has is told.
std::vector<SplitFolder> walk_splits(const std::vector<std::filesystem::path>& folders,
                                     const std::filesystem::path& root, const DataRules& rules);

// Those of DATA/train, val, valid, validation, test that are there; if none is, DATA itself as one split.
std::vector<SplitFolder> walk_data(const std::filesystem::path& data, const DataRules& rules = {});

struct FoundImages {
  std::vector<std::filesystem::path> files;  // sorted
  std::vector<LeftOut> left_out, unreadable;
};
// All below a folder, whatever the folders in it mean.
FoundImages walk_images(const std::filesystem::path& folder, const DataRules& rules = {});

// "left out 40: documents (.dat)", one line a reason.
std::vector<std::string> describe_left_out(const std::vector<LeftOut>& left_out);

// A sentence for each class folder that holds folders which are called as its siblings are: a set that was unpacked
// into itself, as a rule.
std::vector<std::string> nested_classes(const SplitFolder& split);

// A sentence for each pattern of the rules that no file matched, which is a mistake more often than not; of those
// of a run only outside of its folder.
std::vector<std::string> idle_patterns(const DataRules& rules, const std::vector<SplitFolder>& splits,
                                       const std::filesystem::path& root);
std::vector<std::string> idle_patterns(const DataRules& rules, const FoundImages& found,
                                       const std::filesystem::path& root);

// Are there images, but not one in a class folder or with a label? So the tests of competitions come.
bool has_no_classes(const SplitFolder& split);

// What to say of a split without images where patterns left some out; empty: it has images, or no pattern did that.
std::string all_left_out_by_pattern(const SplitFolder& split, const DataRules& rules);
std::string left_out_by_pattern(const DataRules& rules);

void require_readable(const SplitFolder& split);  // else Error(Fault::resources) that names the first folder

// Folders of DATA that are called train, test or val in a spelling that nothing here knows (Training, Testing,
// Valid), where the real one is missing; a folder that links under the right name is there. Where DATA has no split
// at all, both one of train and one of another are wanted: "Train" alone may be a class. Names of which only a word
// says it (training_set, seg_test) count where another split holds the same class folders.
struct MisnamedSplit {
  std::string folder, meant;  // "Training", "train"; "seg_train/seg_train", "train"
  // For a shell in DATA; where that cannot be written, for one beside a folder NEW that is then given instead.
  std::string command(const std::filesystem::path& data) const;
};
std::vector<MisnamedSplit> misnamed_splits(const std::filesystem::path& data);
void refuse_misnamed_splits(const std::filesystem::path& data);  // Error(Fault::data) with the commands

bool can_change(const std::filesystem::path& folder);  // files can be made and renamed in it
// For a message that asks for a change in the folder: what to do where that cannot be done, else nothing.
std::string unless_writable(const std::filesystem::path& folder);

bool is_folder(const std::filesystem::path& path);
void require_folder(const std::filesystem::path& folder);  // else Error(Fault::data) with a hint
// Sorted by bytes; throws Error(Fault::resources) if the folder cannot be read.
std::vector<std::filesystem::directory_entry> list_folder(const std::filesystem::path& folder);
std::vector<std::filesystem::directory_entry> list_folder(const std::filesystem::path& folder,
                                                          std::vector<LeftOut>& unreadable);  // goes there instead

}  // namespace graft
