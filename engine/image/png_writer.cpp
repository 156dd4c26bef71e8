// The one file that includes stb_image_write.h.
#include "engine/image/png_writer.h"

#include <cstdlib>
#include <new>

#include "engine/base/atomic_file.h"
#include "kernels/api/error.h"

namespace {

// stb_image_write does not check whether it got memory. What it holds leaks when this throws.
void* had(void* memory) {
  if (!memory) throw std::bad_alloc();
  return memory;
}

}  // namespace

#define STBIW_MALLOC(bytes) had(std::malloc(bytes))
#define STBIW_REALLOC(old, bytes) had(std::realloc(old, bytes))
#define STBIW_FREE(old) std::free(old)
#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#define STBI_WRITE_NO_STDIO
#include <stb/stb_image_write.h>

namespace graft {
namespace {

void check(const Image& image) {
  require(image.w > 0 && image.h > 0 && image.rgb.size() == size_t{3} * size_t(image.w) * size_t(image.h),
          "an image of {} x {} pixels in {} bytes cannot be written", image.w, image.h, image.rgb.size());
}

void append(void* context, void* data, int size) {
  static_cast<std::string*>(context)->append(static_cast<const char*>(data), static_cast<size_t>(size));
}

}  // namespace

void write_png(const std::filesystem::path& path, const Image& image) {
  check(image);
  AtomicFile file(path);
  std::string png;
  require(stbi_write_png_to_func(append, &png, image.w, image.h, 3, image.rgb.data(), 3 * image.w) != 0,
          "a PNG of {} x {} pixels cannot be made", image.w, image.h);
  file.write(png);
  file.commit();
}

std::string encode_jpeg(const Image& image, int quality) {
  check(image);
  std::string jpeg;
  require(stbi_write_jpg_to_func(append, &jpeg, image.w, image.h, 3, image.rgb.data(), quality) != 0,
          "a JPEG of {} x {} pixels cannot be made", image.w, image.h);
  return jpeg;
}

}  // namespace graft
