// Weights in the HDF5 layouts of Keras: reading all of them, writing one. Parameters are stored as Keras stores
// them
// ([r,s,c,k], [in,out]), so loading is a copy; the work is to say which tensor of a file is which parameter.
#pragma once
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/parameter.h"
#include "weights/hdf5/h5_file.h"

namespace graft {

struct Match {
  std::string parameter;  // "block1_conv1/kernel"
  std::string dataset;    // path in the file
  std::string rule;       // "name", "name attribute" or "order and shape"
};

struct LoadReport {
  std::string layout;               // "Keras 1", ...
  std::vector<Match> matches;       // in the order of the parameters
  std::vector<std::string> notes;   // what the reader assumed
  std::vector<std::string> unused;  // layers of the file that were not asked for
  std::string table() const;        // for people: one line a layer, then the notes
};

// A file of any Keras layout (weights/README.md has the layouts and the rules), opened once. Everything throws
// Error (weights) that names the file.
class KerasFile {
 public:
  explicit KerasFile(const std::filesystem::path& path);

  // What save_keras_h5 wrote, and still as it was written; nothing for a file of others.
  const std::optional<nlohmann::json>& record() const { return record_; }

  // Throws what load() would throw of names and shapes. Needs no memory for the values, which `wanted` may not have
  // yet: before they get some, as a record may ask for any amount.
  void require_fit(std::span<Parameter* const> wanted) const;

  // Fills the values of `wanted`. Throws with every mismatch at once: what is missing, of another shape, not
  // finite; and when the values of the file are not those that were saved. Nothing is written unless everything is
  // right. A file may have more layers after the wanted ones (a top); more before is another network.
  LoadReport load(std::span<Parameter* const> wanted) const;

 private:
  H5File file_;
  std::optional<nlohmann::json> record_;
  std::string values_sha256_;  // empty: nobody knows what they were
};

LoadReport load_keras_h5(const std::filesystem::path& path, std::span<Parameter* const> wanted);

// Writes the values in the layout of Keras 2 that load_weights() of Keras 2 and 3 read into the equal model, and
// `record` (what Keras does not keep: classes, preprocessing, ...) beside them, with a digest of both. Parameters
// are named "layer/weight"; the layers are listed in the order of their first parameter. An existing file is
// replaced. Returns the SHA-256 of the file. Throws Error (resources).
std::string save_keras_h5(const std::filesystem::path& path, std::span<Parameter* const> parameters,
                          const nlohmann::json& record);

// Of a KerasFile.
std::optional<nlohmann::json> read_record(const std::filesystem::path& path);

}  // namespace graft
