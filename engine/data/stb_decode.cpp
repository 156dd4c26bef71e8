// The one file that includes stb_image.h. Memory is bounded by what the checked header says: a PNG could otherwise
// unpack to gigabytes behind a small header. Buffers start as zeros, so that a damaged file cannot show old memory.
#include <cstdlib>
#include <cstring>
#include <memory>

#include "engine/data/image_formats.h"

namespace {

thread_local size_t allocation_limit = 0;

void* bounded_malloc(size_t bytes) { return bytes > allocation_limit ? nullptr : std::calloc(1, bytes); }
void* bounded_realloc(void* old, size_t bytes) {
  return bytes > allocation_limit ? nullptr : std::realloc(old, bytes);
}

}  // namespace

#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_ONLY_JPEG
#define STBI_ONLY_PNG
#define STBI_ONLY_BMP
#define STBI_NO_STDIO
#define STBI_MAX_DIMENSIONS 65535
#define STBI_MALLOC(bytes) bounded_malloc(bytes)
#define STBI_REALLOC(old, bytes) bounded_realloc(old, bytes)
#define STBI_FREE(old) std::free(old)
#include <stb/stb_image.h>

namespace graft {

Image decode_with_stb(Bytes bytes, Extent extent, const std::string& name) {
  // 16 bytes a pixel cover every buffer of stb (largest: 16-bit RGBA twice over), 64 pixels the padding of blocks.
  allocation_limit =
      size_t{16} * static_cast<size_t>(extent.w + 64) * static_cast<size_t>(extent.h + 64) + (1 << 20);
  if (allocation_limit < bytes.size() * 2) allocation_limit = bytes.size() * 2;  // the packed data of a PNG
  int w = 0, h = 0, channels = 0;
  const std::unique_ptr<uint8_t, decltype(&std::free)> pixels(
      stbi_load_from_memory(bytes.data(), static_cast<int>(bytes.size()), &w, &h, &channels, 3), &std::free);
  if (!pixels) {
    const char* reason = stbi_failure_reason();
    if (std::strcmp(reason, "outofmem") == 0) reason = "it unpacks to more than its size says, or memory is short";
    fail_damaged(name, "image", reason);
  }
  if (w != extent.w || h != extent.h) fail_damaged(name, "image", "it states two sizes");
  return {w, h,
          std::vector<uint8_t>(pixels.get(),
                               pixels.get() + size_t{3} * static_cast<size_t>(w) * static_cast<size_t>(h))};
}

}  // namespace graft
