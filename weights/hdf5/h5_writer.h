// Builds an HDF5 file in memory, and writes it at the end through AtomicFile. No timestamps are stored: the same
// content gives the same bytes. Throws Error (resources) if memory or disk do not suffice.
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
  // Attributes of an existing group; "" is the root. At most 64 KiB.
  void text(const std::string& group, const std::string& attribute, const std::string& value);
  void texts(const std::string& group, const std::string& attribute, const std::vector<std::string>& values);
  // Missing parent groups are created.
  void dataset(const std::string& path, std::span<const int64_t> dims, std::span<const float> values);
  void text_dataset(const std::string& path, const std::string& value);
  // Returns the SHA-256 of the file, computed while it is written.
  std::string save(const std::filesystem::path& path);

 private:
  h5::Id file_;
};

}  // namespace graft
