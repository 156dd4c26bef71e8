// Downloads official weights into the cache with curl, which handles proxies, certificates and resuming (curl.h).
// An interrupted download is resumed; the file gets its final name only when size and MD5 are right.
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "weights/sources.h"

namespace graft {

struct DownloadOptions {
  std::string mirror;  // address of a folder with the files, instead of the official one
  // Called repeatedly during the download with the number of bytes received.
  std::function<void(uint64_t bytes)> progress = [](uint64_t) {};
};

// Returns the path in the cache. A valid existing file is kept. Throws Error (weights), with instructions for a
// manual download, if curl is missing, the address cannot be reached or the content is wrong; (usage) if the mirror
// is not an address; (resources) if the disk fails or no process can be started.
std::filesystem::path get_weights(const OfficialFile& file, const DownloadOptions& options = {});

}  // namespace graft
