// Gets official weights into the cache by running curl: it knows proxies, certificates and resuming better than we
// do (curl.h). A download goes on where it was cut, and has its final name only once size and md5 are right.
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "weights/sources.h"

namespace graft {

struct DownloadOptions {
  std::string mirror;  // address of a folder that has the files, in place of the official one
  // Told how many bytes of the file are there, again and again while it arrives.
  std::function<void(uint64_t bytes)> progress = [](uint64_t) {};
};

// Returns the path in the cache. A good file that is there is left alone. Throws Error (weights), with instructions
// to get the file by hand, when curl is missing, the address cannot be reached or the content is wrong; (usage) for
// a mirror that is no address; (resources) when the disk or a process cannot be had.
std::filesystem::path get_weights(const OfficialFile& file, const DownloadOptions& options = {});

}  // namespace graft
