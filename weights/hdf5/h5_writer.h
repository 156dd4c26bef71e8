// Builds an HDF5 file in memory, and writes it at the end in the one way that files are written. No times are
// stored: the same content is the same bytes. Throws Error (resources) when memory or disk do not suffice.
#pragma once
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "weights/hdf5/h5_library.h"

namespace graft {

class H5Writer {
 public:
  H5Writer();
  // Attributes of a group that is there; "" is the root. At most 64 KiB.
  void text(const std::string& group, const std::string& attribute, const std::string& value);
  void texts(const std::string& group, const std::string& attribute, const std::vector<std::string>& values);
  // Groups on the way are made.
  void dataset(const std::string& path, std::span<const int64_t> dims, std::span<const float> values);
  void text_dataset(const std::string& path, const std::string& value);
  // Returns the SHA-256 of the file, which is found while the disk takes the bytes.
  std::string save(const std::filesystem::path& path);

 private:
  h5::Id file_;
};

}  // namespace graft
