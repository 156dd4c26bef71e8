// Classes from a table of names and labels, where images do not lie in class folders: --labels
// FILE[:IMAGE_COLUMN,LABEL_COLUMN]. A table with one column a class and a single 1 in each row is understood too.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace graft {

struct SplitFolder;

// Why an image is left out.
inline constexpr const char* kWithoutLabel = "without a label";

enum class Listed { these, more };  // does the table list images of these splits alone, or of others too?

// Divides the images of each split, which come as one class without a name, by the labels that the table has for
// them; images without one are left out. Names are matched as name_table.h says, relative to `root`. Says what did
// not fit in the notes and warnings of the first split. Throws Error(Fault::data): no such table, columns that are
// not clear, two labels or two files for one name, no image that has a label.
void label_splits(std::vector<SplitFolder>& splits, const std::filesystem::path& root, const std::string& labels,
                  Listed listed);

}  // namespace graft
