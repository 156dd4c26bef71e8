// decode_image() for JPEG, PNG, BMP and PNM, followed by a round trip of the result. Each input is decoded in a new
// thread, so that thread-local state of a library cannot hide a bug.
#include <optional>
#include <thread>

#include "engine/image/image.h"
#include "engine/image/image_formats.h"
#include "engine/image/png_writer.h"
#include "tests/fuzz/harness.h"
#include "tests/fuzz/png_checksums.h"

using namespace graft;
using namespace graft::fuzz;

namespace {

constexpr int64_t kMaxPixels = int64_t{1} << 21;  // larger images would take too long; limits are tested elsewhere

// Whether the header claims a large image: a small PNG or JPEG can decompress to a huge one.
bool too_large(Bytes bytes) {
  if (is_png(bytes.data(), bytes.size())) {
    const uint64_t w = big_endian(&bytes[16]), h = big_endian(&bytes[20]);  // 32 bits each
    return w * h > uint64_t{kMaxPixels};
  }
  if (bytes.size() < 4 || bytes[0] != 0xFF || bytes[1] != 0xD8) return false;
  for (size_t i = 2; i + 9 < bytes.size(); ++i)  // any start of a frame, anywhere
    if (bytes[i] == 0xFF && bytes[i + 1] >= 0xC0 && bytes[i + 1] <= 0xCF) {
      const int64_t h = bytes[i + 5] << 8 | bytes[i + 6], w = bytes[i + 7] << 8 | bytes[i + 8];
      if (w * h > kMaxPixels) return true;
    }
  return false;
}

std::optional<Image> decode(Bytes bytes, const DecodeOptions& options = {}) {
  std::optional<Image> image;
  accepted({Fault::data}, [&] { image = decode_image(bytes, "input", options); });
  if (image && image->rgb.size() != size_t{3} * static_cast<size_t>(image->w) * static_cast<size_t>(image->h))
    finding("{} x {} pixels in {} bytes", image->w, image->h, image->rgb.size());
  return image;
}

void check(Bytes bytes) {
  DeepValues values;
  const std::optional<Image> first = decode(bytes),
                             again = decode(bytes, {.levels = Levels{16, 4095}, .values = &values});
  if (first.has_value() != again.has_value()) finding("levels decide whether it can be read");
  if (!first) return;
  if (first->w != again->w || first->h != again->h) finding("levels change its size");
  if (values.count.empty() && first->rgb != again->rgb) finding("read twice, it is two pictures");
  const std::optional<Image> turned = decode(bytes, {.exif = Exif::apply});
  if (!turned || turned->rgb.size() != first->rgb.size() || (turned->w != first->w && turned->w != first->h))
    finding("its orientation changes more than its sides");
  if (first->rgb.size() > 30'000) return;  // the rest would take too long
  write_png(folder().at("again.png"), *first);
  if (decode_image(folder().at("again.png")).rgb != first->rgb) finding("written as PNG it is another picture");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const Bytes bytes(data, size);
  if (!too_large(bytes)) std::thread(check, bytes).join();
  return 0;
}

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size, unsigned seed) {
  size = LLVMFuzzerMutate(data, size, max_size);
  if (seed % 8 != 0 && is_png(data, size)) mend_png_checksums(data, size);
  return size;
}
