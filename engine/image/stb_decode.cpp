// The one file that includes stb_image.h, used only for BMP. Memory is bounded by the checked header. Buffers start
// as zeros, so that a damaged file cannot expose old memory.
#include <cstdlib>
#include <memory>
#include <new>

#include "engine/image/image_formats.h"

namespace {

thread_local size_t allocation_limit = 0;
thread_local bool memory_was_short = false;

void* bounded_malloc(size_t bytes) {
  if (bytes > allocation_limit) return nullptr;
  void* memory = std::calloc(1, bytes);
  memory_was_short = memory_was_short || !memory;
  return memory;
}

}  // namespace

#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_ONLY_BMP
#define STBI_NO_STDIO
#define STBI_MAX_DIMENSIONS 65535
#define STBI_MALLOC(bytes) bounded_malloc(bytes)
#define STBI_REALLOC(old, bytes) nullptr  // not used for BMP
#define STBI_FREE(old) std::free(old)
#include <stb/stb_image.h>

namespace graft {

Image decode_with_stb(Bytes bytes, Extent extent, const std::string& name) {
  allocation_limit = size_t{4} * static_cast<size_t>(extent.w) * static_cast<size_t>(extent.h) + (1 << 20);
  memory_was_short = false;
  int w = 0, h = 0, channels = 0;
  const std::unique_ptr<uint8_t, decltype(&std::free)> pixels(
      stbi_load_from_memory(bytes.data(), static_cast<int>(bytes.size()), &w, &h, &channels, 3), &std::free);
  if (!pixels && memory_was_short) throw std::bad_alloc();
  if (!pixels) {
    const char* reason = stbi_failure_reason();  // per thread; null if stb_image has set none
    fail_damaged(name, "BMP", reason ? reason : "its pixels contradict its header");
  }
  if (w != extent.w || h != extent.h) fail_damaged(name, "BMP", "it states two sizes");
  return {w, h,
          std::vector<uint8_t>(pixels.get(),
                               pixels.get() + size_t{3} * static_cast<size_t>(w) * static_cast<size_t>(h))};
}

}  // namespace graft
