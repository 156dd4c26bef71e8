// Detects what a file is by its first bytes, before it is passed to a library: most "broken" weights files are
// truncated downloads, error pages or other formats, and the message should say so.
#pragma once
#include <cstdint>
#include <filesystem>

namespace graft {

// Throws Error (weights) unless the file starts like HDF5 and is as long as its header says. Returns its length.
uint64_t check_hdf5(const std::filesystem::path& path);

// True if the file can only be safetensors: a small number, then "{".
bool is_safetensors(const std::filesystem::path& path);

}  // namespace graft
