// Reads an HDF5 file, with only the features that weights files need. Files are untrusted and the library trusts
// them too much, so opening one walks all of it first and refuses what no weights file has: links that are not
// hard, external data, filters other than deflate and shuffle, shapes far beyond what is stored, deep or huge
// trees. Plug-ins and file locking (which fails on network file systems) are off. It runs in a child process,
// behind H5File.
#pragma once
#include "weights/hdf5/h5_file.h"
#include "weights/hdf5/h5_library.h"

namespace graft {

// Everything throws Error (weights) that names the file and the object.
class H5Reader {
 public:
  H5Reader(const std::filesystem::path& path, uint64_t file_bytes);

  const std::vector<std::string>& groups() const { return groups_; }  // without the root
  const std::vector<H5Dataset>& datasets() const { return datasets_; }
  h5::Texts texts(const std::string& group, const std::string& attribute) const;  // "" is the root
  std::vector<float> read(const H5Dataset& dataset) const;
  std::string read_text(const H5Dataset& dataset) const;

 private:
  void walk(const h5::Id& group, const std::string& path, int depth);
  void add_dataset(const h5::Id& dataset, const std::string& path);
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

}  // namespace graft
