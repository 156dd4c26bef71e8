// The state of a run in one file, designed to be trustworthy after any accident: each byte is covered by a digest
// or has one permitted value, so truncation or a flipped bit is found before anything is used, and the generation
// before the newest is kept beside it.
//
//   "GRAFTCKP" | u32 version | u32 0 | u64 header bytes | sha256 of the header in hex | header (JSON) | 0...
//   tensors, each at a multiple of 64 bytes, with zeros between | "GRAFTEND" | u64 length of the file
#pragma once
#include <filesystem>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/tensor.h"

namespace graft {

struct HostArray {
  std::string name;
  Shape shape;
  DType dtype = DType::f32;  // f32, u8 or i32
  std::vector<std::byte> bytes;

  std::span<const float> f32() const;  // throws Error (weights) for another type
  std::span<const uint8_t> u8() const;
  std::span<const int32_t> i32() const;
};

struct Checkpoint {
  nlohmann::json state;
  std::vector<HostArray> arrays;
  std::filesystem::path file;  // the generation that it was read from
  std::string note;            // not empty: why the newest could not be used

  const HostArray& find(const std::string& name) const;  // throws Error (weights) if there is none
};

// The generation before `path`: the same name with ".prev".
std::filesystem::path previous_checkpoint(const std::filesystem::path& path);

// Writes `path` and keeps the previous file as previous_checkpoint(path). `state` may take up to 256 MiB as text;
// names are unique. Throws Error (resources); then the files are unchanged.
void save_checkpoint(const std::filesystem::path& path, const nlohmann::json& state,
                     const std::vector<std::pair<std::string, Tensor>>& tensors);

// The newest intact generation. If there is none, throws Error (weights) that says what is wrong with each.
Checkpoint load_checkpoint(const std::filesystem::path& path);

}  // namespace graft
