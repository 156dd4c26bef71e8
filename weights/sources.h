// Where official weights come from, and where they are stored on this machine.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace graft {

struct OfficialFile {
  const char* model;  // "vgg16"
  bool top;           // with fc1, fc2, predictions for the 1000 classes of ImageNet
  const char* name;   // of the file
  const char* base;   // address without the name
  uint64_t bytes;
  const char* md5;
};

std::span<const OfficialFile> official_files();

// Null if there are no official weights for this model.
const OfficialFile* find_official(std::string_view model, bool top);

// $GRAFT_CACHE, else $XDG_CACHE_HOME/graft, else ~/.cache/graft. It may not exist yet.
std::filesystem::path cache_folder();

// Where the file is or would be.
std::filesystem::path cache_path(const OfficialFile& file);

// The file in the cache, with size and MD5 checked; nullopt if it does not exist or the model has no official
// weights. Throws Error (weights) if the file is a bad one.
std::optional<std::filesystem::path> find_weights(std::string_view model, bool top);

// How to put the file into the cache by hand: address, size, MD5, path.
std::string manual_instructions(const OfficialFile& file);

}  // namespace graft
