// What the layouts of Keras have in common: layers in their order, each with a kernel and a bias somewhere in the
// file.
#pragma once
#include <string>
#include <vector>

#include "weights/hdf5/h5_file.h"

namespace graft {

struct StoredLayer {
  std::string group;               // where it lies in the file
  std::vector<std::string> names;  // what the group and its weights are called: "block1_conv1"
  std::string name_attribute;      // Keras 3 keeps the name of the layer here and numbers the groups; else empty
  std::string sequence;            // layers that share it stand in the order of the model; Keras 3 has several
  const H5Dataset* kernel = nullptr;
  const H5Dataset* bias = nullptr;

  // The name that people know it by.
  const std::string& label() const { return !name_attribute.empty() ? name_attribute : names.front(); }
};

struct StoredModel {
  std::string layout;               // "Keras 1", "Keras 2", "Keras 2 whole model", "Keras 3 .weights.h5", ...
  std::vector<StoredLayer> layers;  // those with weights
  // Not empty: the file says that its filters are rotated (Theano), or that a flatten saw (channel, row, column).
  std::string rotated, channels_first;
};

// The layout's name alone, also for files that are no Keras weights ("HDF5, not of Keras").
std::string layout_name(const H5File& file);

// Points into `file`. Throws Error (weights) when the file has no layout of Keras or names what it does not have.
StoredModel read_layout(const H5File& file);

}  // namespace graft
