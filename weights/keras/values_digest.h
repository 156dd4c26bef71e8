// A digest of everything in our own files, so that a flipped bit is found on loading: SHA-256 over lines of path,
// shape and SHA-256 of the values of each tensor, in the order of the file. The record of the file contains it, and
// a digest of itself: its classes and preprocessing determine the results as much as the values do.
#pragma once
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace graft {

struct TensorDigest {
  std::string path;  // "block1_conv1/block1_conv1/kernel:0"
  std::vector<int64_t> dims;
  std::string sha256;  // of the values: f32, little-endian, row-major
};
TensorDigest digest_of(std::string path, std::vector<int64_t> dims, std::span<const float> values);
std::string digest_of(std::span<const TensorDigest> tensors);

// The text of the record in a file, with the digest of the file's values and of the record.
std::string sealed(nlohmann::json record, const std::string& values_sha256);

struct Unsealed {
  nlohmann::json record;      // as passed to sealed()
  std::string values_sha256;  // empty: the file is from an earlier version
};
// Throws Error (weights) if the record is not the one that was saved. `what` is used in messages.
Unsealed unsealed(nlohmann::json record, const std::string& what);

}  // namespace graft
