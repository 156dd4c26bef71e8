// Names that look the same to people and differ in bytes: by case, spaces, composed or decomposed accents, or
// encoding. As folder names they turn one class, or one patient, into two.
#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace graft {

// The same text for names that look the same: compatibility composed and case folded (Unicode NFKC_Casefold), runs
// of spaces and _ become one space, none at the ends. Bytes that are not UTF-8 are read as Latin-1.
std::string fold_name(const std::string& name);

using SimilarNames = std::vector<std::pair<std::string, std::string>>;
SimilarNames find_similar(const std::vector<std::string>& names);  // each with the first one that it resembles

// "'Normal' and 'normal' (4e and 6e)": both names, and the bytes from the first to the last that differ.
std::string describe_difference(const std::string& a, const std::string& b);

// A sentence about groups that are probably one patient; empty if there are none.
std::string doubt_groups(const std::vector<std::string>& groups);

// Throws Error(Fault::data) that names the first two, their difference and the remedy. `where`: the folder of the
// classes, or the table that has them as labels.
void refuse_similar_classes(const std::vector<std::string>& classes, const std::string& where, bool in_table);

}  // namespace graft
