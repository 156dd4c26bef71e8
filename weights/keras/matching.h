// Which tensor of a file is which parameter.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "engine/parameter.h"
#include "weights/keras/keras_layouts.h"

namespace graft {

struct Pairing {
  Parameter* parameter;
  const H5Dataset* dataset;
  const char* rule;  // "name", "name attribute" or "order and shape"
};

struct Matching {
  std::vector<Pairing> pairs;         // in the order of the parameters
  std::vector<std::string> problems;  // not empty: the file does not fit, and why, one a line
  std::vector<std::string> unused;    // layers of the file that nobody asked for
  std::vector<std::string> notes;
};

// By layer: (1) its name, (2) its `name` attribute, (3) order and shape, if as many layers are left over in the
// file as are wanted and all their shapes agree. A layer of the file that is not wanted and stands before a wanted
// one means another network (VGG19 has all the names of VGG16).
Matching match_layers(const StoredModel& model, std::span<Parameter* const> wanted);

}  // namespace graft
