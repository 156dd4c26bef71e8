// A head that was trained elsewhere has a column for each of its classes. Which column is whose is said by the
// names, never by the place: folders that are called Normal and abnormal sort otherwise than normal and abnormal.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "engine/parameter.h"

namespace graft {

struct ClassOrder {
  std::vector<size_t> column;      // of each class of the data; empty: as they are
  std::vector<std::string> notes;  // what was assumed or changed, for people
};

// For the head in `file`, a model.h5 of ours or weights of Keras. Names that look the same (fold_name) are
// taken for each other, with a note, where that leaves no choice; a file without names is taken as it is, with a
// note. Throws Error (weights), with both lists, where the classes are others.
ClassOrder find_class_order(const std::filesystem::path& file, const std::vector<std::string>& classes);

// The columns of a kernel [in, classes] or a bias [classes] in that order.
void reorder_columns(Parameter& parameter, const std::vector<size_t>& column);

}  // namespace graft
