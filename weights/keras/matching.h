// Matches the tensors of a file with parameters.
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
  std::vector<std::string> problems;  // not empty: why the file does not fit, one per line
  std::vector<std::string> unused;    // layers of the file that were not requested
  std::vector<std::string> notes;
};

// By layer: (1) its name, (2) its `name` attribute, (3) order and shape, if the file has as many unmatched layers
// as are still wanted and all their shapes agree. An unwanted layer before a wanted one means another network
// (VGG19 has all the names of VGG16).
Matching match_layers(const StoredModel& model, std::span<Parameter* const> wanted);

}  // namespace graft
