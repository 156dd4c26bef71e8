#include "engine/image/image.h"

#include <fmt/format.h>

#include <algorithm>
#include <new>

#include "engine/base/input_file.h"
#include "engine/base/printable.h"
#include "engine/image/exif.h"
#include "engine/image/image_formats.h"
#include "kernels/api/error.h"

namespace graft {

std::vector<uint8_t> read_image_file(const std::filesystem::path& path, const std::string& name, size_t most) {
  InputFile file(path, name);
  if (file.size() > kMaxImageFileBytes)
    fail(Fault::data, "{}: {} MB is more than the limit of {} MB for one image; export it smaller", name,
         file.size() >> 20, kMaxImageFileBytes >> 20);
  std::vector<uint8_t> bytes(std::min(static_cast<size_t>(file.size()), most));
  bytes.resize(
      file.read(std::as_writable_bytes(std::span(bytes))));  // if it shrank, the decoder finds it truncated
  return bytes;
}

Image decode_image(const std::filesystem::path& path, const DecodeOptions& options) {
  const std::string name = printable(path);
  return decode_image(read_image_file(path, name), name, options);
}

namespace {

// "JPEG, PNG, BMP or PNM"
std::string decoder_names() {
  std::string names;
  for (const Decoder& decoder : decoders()) {
    const bool first = names.empty(), last = &decoder == &decoders().back();
    names += fmt::format("{}{}", first ? "" : last ? " or " : ", ", decoder.name);
  }
  return names;
}

Image decode_any(Bytes bytes, const std::string& name, const DecodeOptions& options) {
  if (bytes.empty()) fail(Fault::data, "{}: the file is empty (0 bytes); copy it again from its source", name);
  if (static_cast<int64_t>(bytes.size()) > kMaxImageFileBytes)
    fail(Fault::data, "{}: more than the limit of {} MB for one image", name, kMaxImageFileBytes >> 20);
  const std::optional<Levels>& levels = options.levels;
  require(!levels || levels->low < levels->high, "decode_image: levels {} to {}", levels->low, levels->high);
  const Sniffed found = sniff(bytes);
  if (found.decoder) {
    Image image = found.decoder->decode(bytes, name, options);
    if (options.exif == Exif::ignore) return image;
    return upright(std::move(image), found.decoder->header(bytes).orientation);
  }
  if (found.what.empty()) fail(Fault::data, "{}: not an image; images are {} files", name, decoder_names());
  fail_unsupported(name, found.what, found.advice);
}

}  // namespace

Image decode_image(std::span<const uint8_t> bytes, const std::string& name, const DecodeOptions& options) {
  try {
    return decode_any(bytes, name, options);
  } catch (const std::bad_alloc&) {
    fail(Fault::resources, "{}: no memory to decode it; use fewer threads, or allow more memory", name);
  }
}

Extent checked_extent(int64_t w, int64_t h, const std::string& name) {
  if (w <= 0 || h <= 0) fail(Fault::data, "{}: the image is {} x {} pixels, so it is damaged", name, w, h);
  if (w > kMaxImageSide || h > kMaxImageSide || w * h > kMaxImagePixels)
    fail(Fault::data, "{}: {} x {} pixels is more than the limit of {} megapixels and {} a side; shrink it", name,
         w, h, kMaxImagePixels >> 20, kMaxImageSide);
  return {static_cast<int>(w), static_cast<int>(h)};
}

void add_note(Image& image, const std::string& note) { image.note += (image.note.empty() ? "" : "; ") + note; }

void fail_cut_off(const std::string& name, const char* kind) {
  fail(Fault::data, "{}: cut off: the {} ends before its picture does; copy it again from its source", name, kind);
}

void fail_damaged(const std::string& name, const char* kind, const std::string& why) {
  fail(Fault::data, "{}: damaged {}: {}; copy or export it again", name, kind, why);
}

void fail_unsupported(const std::string& name, const std::string& what, const std::string& advice) {
  fail(Fault::data, "{}: {} is not supported; {}", name, what, advice);
}

}  // namespace graft
