// The state of a run in one file, made to be trusted after any accident: each byte of it is covered by a digest or
// has one permitted value, so a cut or a flipped bit is found before anything is used, and the generation before
// the newest is kept beside it.
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

  std::span<const float> f32() const;  // throws Error (weights) if it is something else
  std::span<const uint8_t> u8() const;
  std::span<const int32_t> i32() const;
};

struct Checkpoint {
  nlohmann::json state;
  std::vector<HostArray> arrays;
  std::filesystem::path file;  // which generation it is from
  std::string note;            // not empty: the newest could not be used, with the reason

  const HostArray& find(const std::string& name) const;  // throws Error (weights) if there is none
};

// The generation before `path`: the same name with ".prev".
std::filesystem::path previous_checkpoint(const std::filesystem::path& path);

// Writes `path` and keeps what was there as previous_checkpoint(path). `state` may have 256 MiB as text; names are
// unique. Throws Error (resources); then the files are as before.
void save_checkpoint(const std::filesystem::path& path, const nlohmann::json& state,
                     const std::vector<std::pair<std::string, Tensor>>& tensors);

// The newest generation that is whole. Throws Error (weights) that says what is wrong with each when none is.
Checkpoint load_checkpoint(const std::filesystem::path& path);

}  // namespace graft
