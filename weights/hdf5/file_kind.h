// What a file is by its first bytes, before a library is let at it: most "broken" weights files are cut downloads,
// error pages or other formats, and deserve to be told so.
#pragma once
#include <cstdint>
#include <filesystem>

namespace graft {

// Throws Error (weights) unless the file starts as HDF5 does and is as long as its header says. Returns its length.
uint64_t check_hdf5(const std::filesystem::path& path);

// True when the file can only be safetensors: a small number, then "{".
bool is_safetensors(const std::filesystem::path& path);

}  // namespace graft
