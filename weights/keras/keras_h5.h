// Weights in the HDF5 layouts of Keras: reading all of them, writing one. Parameters are stored as in Keras
// ([r,s,c,k], [in,out]), so loading is a copy; the work is to match tensors of a file with parameters.
#pragma once
#include <filesystem>
#include <memory>
#include <nlohmann/json_fwd.hpp>
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
  std::vector<std::string> notes;   // assumptions of the reader
  std::vector<std::string> unused;  // layers of the file that were not requested
  std::string table() const;        // for people: one line per layer, then the notes
};

// A file of any Keras layout (weights/README.md has the layouts and the rules), opened once. Everything throws
// Error (weights) that names the file.
class KerasFile {
 public:
  explicit KerasFile(const std::filesystem::path& path);

  // What save_keras_h5 wrote, verified to be unchanged; null for files of other programs.
  const nlohmann::json* record() const { return record_.get(); }

  // Throws what load() would throw about names and shapes. Needs no memory for the values, and `wanted` may not
  // have any yet: call it before allocating them, as a record may ask for any amount.
  void require_fit(std::span<Parameter* const> wanted) const;

  // Fills the values of `wanted`. Throws with all mismatches at once: missing, of another shape, not finite; and if
  // the values of the file are not those that were saved. Nothing is written unless everything is right. A file may
  // have more layers after the wanted ones (a top); more before means another network.
  LoadReport load(std::span<Parameter* const> wanted) const;

 private:
  H5File file_;
  std::shared_ptr<const nlohmann::json> record_;
  std::string values_sha256_;  // empty: unknown
};

LoadReport load_keras_h5(const std::filesystem::path& path, std::span<Parameter* const> wanted);

// Writes the values in the layout of Keras 2 that load_weights() of Keras 2 and 3 read into an equal model, and
// `record` (what Keras does not keep: classes, preprocessing, ...) beside them, with a digest of both. Parameters
// are named "layer/weight"; the layers are listed in the order of their first parameter. An existing file is
// replaced. Returns the SHA-256 of the file. Throws Error (resources).
std::string save_keras_h5(const std::filesystem::path& path, std::span<Parameter* const> parameters,
                          const nlohmann::json& record);

// Implementation of KerasFile.
std::optional<nlohmann::json> read_record(const std::filesystem::path& path);

}  // namespace graft
