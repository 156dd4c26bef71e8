// An HDF5 file of weights, read. The HDF5 library crashes on many damaged files, so it runs in a child process
// (h5_reader, child_service) and this class only sends requests; h5_reader.h says what is refused.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "weights/hdf5/child_service.h"

namespace graft {

// A file's declaration of a dataset.
struct H5Dataset {
  std::string path;           // "block1_conv1/block1_conv1_W_1:0"
  std::vector<int64_t> dims;  // at most 4; empty for a scalar
  std::string dtype;          // "f16", "bf16", "f32", "f64"; without readable numbers: "integer", "text", "other"

  bool is_float() const { return dtype.starts_with("f") || dtype == "bf16"; }
  int64_t size() const;
};

// "3x3x3x64"; "scalar" without dimensions.
std::string shape_text(std::span<const int64_t> dims);

// Everything throws Error (weights) that names the file and the object.
class H5File {
 public:
  explicit H5File(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return path_; }
  uint64_t bytes() const { return bytes_; }
  const std::vector<H5Dataset>& datasets() const { return datasets_; }
  const std::vector<std::string>& groups() const { return groups_; }  // without the root
  bool has_group(const std::string& path) const;
  const H5Dataset* find(const std::string& path) const;  // null if there is none

  // A text attribute of a group ("" is the root): a list, or one text as a list of one. nullopt if there is none.
  std::optional<std::vector<std::string>> texts(const std::string& group, const std::string& attribute) const;

  std::vector<float> read(const H5Dataset& dataset) const;  // one of datasets(); converted to f32, row-major
  std::string read_text(const H5Dataset& dataset) const;    // a scalar text

 private:
  std::string request(char what, const H5Dataset& dataset) const;

  std::filesystem::path path_;
  uint64_t bytes_;
  ChildService child_;
  std::vector<std::string> groups_;
  std::vector<H5Dataset> datasets_;
};

}  // namespace graft
