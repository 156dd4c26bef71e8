#include "kernels/api/host_memory.h"

#include <fstream>
#include <string>

namespace graft {

int64_t available_host_memory() {
  std::ifstream file("/proc/meminfo");
  std::string word;
  while (file >> word)
    if (int64_t kibibytes = 0; word == "MemAvailable:" && file >> kibibytes) return kibibytes * 1024;
  return INT64_MAX;
}

}  // namespace graft
