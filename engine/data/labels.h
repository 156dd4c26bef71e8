// Classes from a table of names and labels, where images do not lie in class folders: --labels
// FILE[:IMAGE_COLUMN,LABEL_COLUMN]. A table with one column per class and a single 1 in each row also works.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace graft {

struct SplitFolder;

// Why an image is left out.
inline constexpr const char* kWithoutLabel = "without a label";

enum class Listed { these, more };  // does the table list images of these splits only, or of others too?

// Divides the images of each split, given as one class without a name, by their labels in the table; images without
// a label are left out. Names are matched as described in name_table.h, relative to `root`. Reports mismatches in
// the notes and warnings of the first split. Throws Error(Fault::data): no such table, ambiguous columns, two
// labels or two files for one name, no image with a label.
void label_splits(std::vector<SplitFolder>& splits, const std::filesystem::path& root, const std::string& labels,
                  Listed listed);

}  // namespace graft
