// A head that was trained elsewhere has one column per class. Columns are matched by class name, never by
// position: Normal and abnormal sort differently from normal and abnormal.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "engine/parameter.h"

namespace graft {

struct ClassOrder {
  std::vector<size_t> column;      // column of each class of the data; empty: keep the order
  std::vector<std::string> notes;  // what was assumed or changed, human-readable
};

// For the head in `file`, a model.h5 of ours or Keras weights. Names that look the same (fold_name) are matched,
// with a note, if that is unambiguous; a file without class names keeps its order, with a note. Throws Error
// (weights) with both lists if the classes differ.
ClassOrder find_class_order(const std::filesystem::path& file, const std::vector<std::string>& classes);

// Reorders the columns of a kernel [in, classes] or a bias [classes].
void reorder_columns(Parameter& parameter, const std::vector<size_t>& column);

}  // namespace graft
