// safetensors files, read only: u64 header length, a JSON header, then tensors that fill the rest without gaps or
// overlap. Every rule of the format's reference is checked, and our own: a header of at most 16 MB, at most 4096
// tensors, at most 8 dimensions.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "weights/io/byte_file.h"

namespace graft {

struct SafeTensor {
  std::string name;
  std::string dtype;  // as in the file: "F32", "F16", "BF16" and "F64" can be read
  std::vector<int64_t> dims;
  uint64_t begin = 0, end = 0;  // in the file

  bool is_float() const { return dtype == "F32" || dtype == "F16" || dtype == "BF16" || dtype == "F64"; }
};

// Everything throws Error (weights) that names the file and the tensor.
class SafetensorsFile {
 public:
  explicit SafetensorsFile(const std::filesystem::path& path);

  const std::vector<SafeTensor>& tensors() const { return tensors_; }  // sorted by name
  const std::map<std::string, std::string>& metadata() const { return metadata_; }
  const SafeTensor* find(const std::string& name) const;    // null if there is none
  std::vector<float> read(const SafeTensor& tensor) const;  // converted to f32
  uint64_t bytes() const { return file_.bytes(); }
  std::string name() const { return file_.name(); }

 private:
  ByteFile file_;
  std::vector<SafeTensor> tensors_;
  std::map<std::string, std::string> metadata_;
};

}  // namespace graft
