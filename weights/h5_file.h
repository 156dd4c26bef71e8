// HDF5 files, read and written, with what a weights file needs and no more. Files come from strangers and the
// library trusts them too much, so opening one walks all of it first and refuses what no weights file has: links
// that are not hard, data that lies elsewhere, filters other than deflate and shuffle, shapes far beyond what is
// stored, deep or huge trees. Plug-ins and file locking (which fails on network file systems) are off.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "weights/h5_library.h"

namespace graft {

// What a file declares of a dataset.
struct H5Dataset {
  std::string path;           // "block1_conv1/block1_conv1_W_1:0"
  std::vector<int64_t> dims;  // at most 4; empty for a scalar
  std::string dtype;          // "f16", "bf16", "f32", "f64", or without numbers to read: "integer", "text", "other"

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
  const H5Dataset* find(const std::string& path) const;  // null when there is none

  // A text attribute of a group ("" is the root): a list, or one text as a list of one. Nothing when there is none.
  h5::Texts texts(const std::string& group, const std::string& attribute) const;

  std::vector<float> read(const H5Dataset& dataset) const;  // converted to f32, row-major
  std::string read_text(const H5Dataset& dataset) const;    // a scalar text

 private:
  void walk(const h5::Id& group, const std::string& path, int depth);
  void add_dataset(const h5::Id& dataset, const std::string& path);
  int64_t checked_size(const h5::Facts& facts, const std::string& path) const;
  h5::Texts texts(const h5::Id& object, const std::string& path, const std::string& attribute) const;
  h5::Id open(const std::string& path) const;
  [[noreturn]] void refuse(const std::string& object, const std::string& why) const;
  [[noreturn]] void damaged(const std::string& object) const;

  std::filesystem::path path_;
  uint64_t bytes_ = 0, objects_ = 0;
  h5::Id file_;
  std::vector<std::string> groups_;
  std::vector<H5Dataset> datasets_;
};

// Builds a file in memory and writes it at the end in the one way that files are written. No times are stored: the
// same content is the same bytes. Throws Error (resources) when memory or disk do not suffice.
class H5Writer {
 public:
  H5Writer();
  void group(const std::string& path);
  // Attributes of a group; "" is the root. At most 64 KiB.
  void text(const std::string& group, const std::string& attribute, const std::string& value);
  void texts(const std::string& group, const std::string& attribute, const std::vector<std::string>& values);
  // Groups on the way are made.
  void dataset(const std::string& path, std::span<const int64_t> dims, std::span<const float> values);
  void text_dataset(const std::string& path, const std::string& value);
  void save(const std::filesystem::path& path);

 private:
  h5::Id file_;
};

}  // namespace graft
