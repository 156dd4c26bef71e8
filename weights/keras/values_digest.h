// A digest of all that a file of ours holds, so that a flipped bit in it is found by whoever loads it: SHA-256 over
// lines of path, shape and SHA-256 of the values of each tensor, in the order of the file. The record of the file
// keeps it, and one of its own: its classes and its preprocessing decide the answers as the values do.
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

// The text of the record in a file, with the digest of the file's values and its own.
std::string sealed(nlohmann::json record, const std::string& values_sha256);

struct Unsealed {
  nlohmann::json record;      // as it was given to sealed()
  std::string values_sha256;  // empty: the file is of an earlier program
};
// Throws Error (weights) when the record is not the one that was saved. `what` is what messages speak of.
Unsealed unsealed(nlohmann::json record, const std::string& what);

}  // namespace graft
