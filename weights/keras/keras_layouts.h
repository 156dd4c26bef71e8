// The common form of Keras' layouts: layers in order, each with a kernel and a bias somewhere in the file.
#pragma once
#include <string>
#include <vector>

#include "weights/hdf5/h5_file.h"

namespace graft {

struct StoredLayer {
  std::string group;               // its path in the file
  std::vector<std::string> names;  // the names of the group and its weights: "block1_conv1"
  std::string name_attribute;      // Keras 3 stores the layer's name here and numbers the groups; else empty
  std::string sequence;            // layers with the same one are in the order of the model; Keras 3 has several
  const H5Dataset* kernel = nullptr;
  const H5Dataset* bias = nullptr;

  // The name shown to people.
  const std::string& label() const { return !name_attribute.empty() ? name_attribute : names.front(); }
};

struct StoredModel {
  std::string layout;               // "Keras 1", "Keras 2", "Keras 2 whole model", "Keras 3 .weights.h5", ...
  std::vector<StoredLayer> layers;  // those with weights
  // Not empty: the file says that its filters are rotated (Theano), or that it flattens (channel, row, column).
  std::string rotated, channels_first;
};

// Only the layout's name, also for files that are not Keras weights ("HDF5, not of Keras").
std::string layout_name(const H5File& file);

// Points into `file`. Throws Error (weights) if the file has no Keras layout or names objects that it lacks.
StoredModel read_layout(const H5File& file);

}  // namespace graft
