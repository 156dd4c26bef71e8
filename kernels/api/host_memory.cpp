#include "kernels/api/host_memory.h"

#include <fstream>
#include <string>

#include "kernels/api/error.h"

namespace graft {

int64_t available_host_memory() {
  std::ifstream file("/proc/meminfo");
  std::string word;
  while (file >> word)
    if (int64_t kibibytes = 0; word == "MemAvailable:" && file >> kibibytes) return kibibytes * 1024;
  return INT64_MAX;
}

void require_host_memory(size_t bytes) {
  constexpr size_t kLarge = size_t{256} << 20;
  if (bytes < kLarge) return;
  if (const int64_t have = available_host_memory(); bytes > static_cast<size_t>(have))
    fail(Fault::resources,
         "out of memory: {:.1f} GB more are needed and {:.1f} GB are there; a smaller --batch, --head or "
         "--image-size needs less",
         double(bytes) / 1e9, double(have) / 1e9);
}

}  // namespace graft
