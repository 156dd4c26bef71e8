// The one file that includes stb_image_write.h.
#include "engine/data/png_writer.h"

#include "engine/atomic_file.h"
#include "kernels/api/error.h"

#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#define STBI_WRITE_NO_STDIO
#include <stb/stb_image_write.h>

namespace graft {

void write_png(const std::filesystem::path& path, const Image& image) {
  require(image.w > 0 && image.h > 0 && image.rgb.size() == size_t{3} * size_t(image.w) * size_t(image.h),
          "write_png: {} x {} pixels in {} bytes", image.w, image.h, image.rgb.size());
  AtomicFile file(path);
  const auto append = [](void* context, void* data, int size) {
    static_cast<std::string*>(context)->append(static_cast<const char*>(data), static_cast<size_t>(size));
  };
  std::string png;
  if (!stbi_write_png_to_func(append, &png, image.w, image.h, 3, image.rgb.data(), 3 * image.w))
    fail(Fault::resources, "no memory to compress an image of {} x {} pixels", image.w, image.h);
  file.write(png);
  file.commit();
}

}  // namespace graft
