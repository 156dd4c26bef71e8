#include "tools/image_hashes.h"

#include <algorithm>
#include <atomic>
#include <thread>

#include "engine/hash.h"
#include "kernels/api/error.h"

namespace graft {

std::vector<std::string> hash_images(std::span<const Sample> samples) {
  std::vector<std::string> hashes(samples.size(), "unreadable");
  std::atomic<size_t> next = 0;
  const auto work = [&] {
    for (size_t i; (i = next++) < samples.size();) try {
        hashes[i] = sha256_file(samples[i].path);
      } catch (const Error&) {  // stays unreadable
      }
  };
  const size_t cores = std::max(1u, std::thread::hardware_concurrency());
  std::vector<std::jthread> others(std::min(cores, samples.size() / 16 + 1) - 1);
  for (std::jthread& other : others) other = std::jthread(work);
  work();
  others.clear();  // waits for them
  return hashes;
}

std::string fingerprint(std::span<const Sample> samples, std::span<const std::string> hashes,
                        const std::filesystem::path& folder) {
  Hasher hash(Hasher::sha256);
  for (size_t i = 0; i < samples.size(); ++i)
    hash.update(fmt::format("{}\n{}\n{}\n", samples[i].path.lexically_relative(folder).string(), samples[i].label,
                            hashes[i]));
  return hash.hex();
}

}  // namespace graft
