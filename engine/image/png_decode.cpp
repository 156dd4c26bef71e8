// The one file that includes spng.h. libspng is strict about the image itself (header, palette, data, their
// checksums) and ignores the rest. What it does not report is detected here: a file that ends early after a
// complete image, and wrong checksums outside of it.
#include <fmt/format.h>
#include <spng.h>

#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <optional>

#include "engine/image/exif.h"
#include "engine/image/image_formats.h"

namespace graft {
namespace {

constexpr const char* kKind = "PNG";
constexpr size_t kMaxChunkBytes = size_t{1} << 26;  // text and profiles, uncompressed

// libspng and zlib report it as damage in some places.
thread_local bool memory_was_short = false;

void* noted(void* memory) {
  memory_was_short = memory_was_short || !memory;
  return memory;
}

std::unique_ptr<spng_ctx, decltype(&spng_ctx_free)> new_context(int flags) {
  spng_alloc functions{.malloc_fn = [](size_t bytes) { return noted(std::malloc(bytes)); },
                       .realloc_fn = [](void* old, size_t bytes) { return noted(std::realloc(old, bytes)); },
                       .calloc_fn = [](size_t count, size_t bytes) { return noted(std::calloc(count, bytes)); },
                       .free_fn = std::free};
  memory_was_short = false;
  std::unique_ptr<spng_ctx, decltype(&spng_ctx_free)> context(spng_ctx_new2(&functions, flags), &spng_ctx_free);
  if (!context) throw std::bad_alloc();
  return context;
}

struct Source {
  Bytes bytes;
  size_t at = 0;
  bool ran_out = false;  // libspng wanted more bytes than there are
};

int read_source(spng_ctx*, void* user, void* to, size_t count) {
  Source& source = *static_cast<Source*>(user);
  if (source.bytes.size() - source.at < count) {
    source.ran_out = true;
    return SPNG_IO_EOF;
  }
  std::memcpy(to, source.bytes.data() + source.at, count);
  source.at += count;
  return 0;
}

struct Attempt {
  int error = 0;  // libspng's; the image is incomplete
  Image image;
};

[[noreturn]] void fail_decoding(int error, const std::string& name) {
  if (error == SPNG_IO_EOF) fail_cut_off(name, kKind);
  if (error == SPNG_ECHUNK_CRC) fail_damaged(name, kKind, "a checksum is wrong");
  if (error == SPNG_EIDAT_TOO_SHORT) fail_damaged(name, kKind, "a part of its picture is missing");
  fail_damaged(name, kKind, fmt::format("libspng says: {}", spng_strerror(error)));
}

// 16-bit samples in the byte order of this machine, `channels` per pixel; alpha, the last of 2 and 4, is dropped.
void reduce(const std::vector<uint8_t>& wide, size_t channels, const DecodeOptions& deep, Image& image) {
  if (deep.values) deep.values->top = 65535, deep.values->count.assign(65536, 0);
  const size_t colours = channels < 3 ? 1 : 3;
  for (size_t p = 0; p < image.rgb.size() / 3; ++p)
    for (size_t c = 0; c < colours; ++c) {
      uint16_t v;
      std::memcpy(&v, &wide[2 * (p * channels + c)], 2);
      if (deep.values) ++deep.values->count[v];
      const auto reduced = deep.levels ? to_eight_bits(v, *deep.levels) : static_cast<uint8_t>(v >> 8);
      image.rgb[3 * p + c] = reduced;
      if (colours == 1) image.rgb[3 * p + 1] = image.rgb[3 * p + 2] = reduced;
    }
}

// After the image: is its checksum right, and does the file end properly?
int read_end(spng_ctx* context, Source& source, Image& image) {
  const int error = spng_decode_chunks(context);
  if (source.ran_out) {  // whatever `error` is: libspng takes it for a wrong checksum in some places
    add_note(image, "its end is missing; its picture is whole");
    return 0;
  }
  if (error == 0) {
    if (source.at < source.bytes.size())
      add_note(image, fmt::format("{} bytes after its end are not used", source.bytes.size() - source.at));
    return 0;
  }
  // The checksum of the end chunk, which has no data, follows its name.
  const bool of_the_end = source.at >= 8 && std::memcmp(&source.bytes[source.at - 8], "IEND", 4) == 0;
  if (error == SPNG_ECHUNK_CRC && !of_the_end) return error;
  add_note(image, "what follows its picture is damaged; its picture is whole");
  return 0;
}

// A file that ends in a chunk of its image data and only lacks the checksums, zlib's and the chunk's: returns it
// with placeholders for them, and an end. nullopt: more is missing, or something else is wrong.
std::optional<std::vector<uint8_t>> with_end(Bytes bytes, uint8_t filler) {
  constexpr size_t kSignature = 8, kFrame = 12, kAdler = 4, kCrc = 4;  // a frame: length, name, checksum
  constexpr uint8_t kEnd[] = {0, 0, 0, 0, 'I', 'E', 'N', 'D', 0xAE, 0x42, 0x60, 0x82};
  for (size_t at = kSignature; at + kFrame - kCrc <= bytes.size();) {
    const size_t length =
        size_t{bytes[at]} << 24 | size_t{bytes[at + 1]} << 16 | size_t{bytes[at + 2]} << 8 | size_t{bytes[at + 3]};
    const size_t end = at + kFrame + length;
    if (end <= bytes.size()) {
      at = end;
      continue;
    }
    if (std::memcmp(&bytes[at + 4], "IDAT", 4) != 0 || end - bytes.size() > kAdler + kCrc) return {};
    std::vector<uint8_t> whole(bytes.begin(), bytes.end());
    whole.resize(end, filler);
    whole.insert(whole.end(), std::begin(kEnd), std::end(kEnd));
    return whole;
  }
  return {};
}

// Chooses which wrong checksums are errors.
enum class Checks { all, picture, none };

Attempt attempt(Bytes bytes, const std::string& name, const DecodeOptions& deep, Checks checks) {
  const auto context = new_context(checks == Checks::none ? SPNG_CTX_IGNORE_ADLER32 : 0);
  Source source{bytes};
  spng_set_crc_action(context.get(), checks == Checks::none ? SPNG_CRC_USE : SPNG_CRC_ERROR,
                      checks == Checks::all ? SPNG_CRC_ERROR : SPNG_CRC_DISCARD);
  spng_set_chunk_limits(context.get(), kMaxChunkBytes, kMaxChunkBytes);
  spng_set_png_stream(context.get(), read_source, &source);
  spng_ihdr header;
  if (const int error = spng_get_ihdr(context.get(), &header)) {
    if (memory_was_short) throw std::bad_alloc();
    return {error, {}};
  }
  const Extent extent = checked_extent(header.width, header.height, name);
  const size_t pixels = static_cast<size_t>(extent.w) * static_cast<size_t>(extent.h);
  Image image{extent.w, extent.h, std::vector<uint8_t>(3 * pixels), {}};
  int error;
  if (header.bit_depth == 16) {
    const bool alpha = header.color_type == SPNG_COLOR_TYPE_GRAYSCALE_ALPHA ||
                       header.color_type == SPNG_COLOR_TYPE_TRUECOLOR_ALPHA;
    const bool colour =
        header.color_type == SPNG_COLOR_TYPE_TRUECOLOR || header.color_type == SPNG_COLOR_TYPE_TRUECOLOR_ALPHA;
    const size_t channels = (colour ? 3 : 1) + (alpha ? 1 : 0);
    std::vector<uint8_t> wide(2 * channels * pixels);
    error = spng_decode_image(context.get(), wide.data(), wide.size(), SPNG_FMT_PNG, 0);
    if (!error) reduce(wide, channels, deep, image);
  } else if (header.bit_depth == 8 && header.color_type == SPNG_COLOR_TYPE_GRAYSCALE) {
    std::vector<uint8_t> gray(pixels);  // half the time that libspng takes to produce RGB
    error = spng_decode_image(context.get(), gray.data(), gray.size(), SPNG_FMT_PNG, 0);
    for (size_t i = 0; i < image.rgb.size(); ++i) image.rgb[i] = gray[i / 3];
  } else {
    error = spng_decode_image(context.get(), image.rgb.data(), image.rgb.size(), SPNG_FMT_RGB8, 0);
  }
  if (!error) error = read_end(context.get(), source, image);
  if (memory_was_short) throw std::bad_alloc();
  return {error, std::move(image)};
}

// Was the whole image present? Then it does not depend on the placeholders.
std::optional<Image> without_checksums(Bytes bytes, const std::string& name, const DecodeOptions& deep) {
  std::optional<Image> image;
  for (const uint8_t filler : {uint8_t{0}, uint8_t{0xFF}}) {
    const auto whole = with_end(bytes, filler);
    if (!whole) return {};
    Attempt a = attempt(*whole, name, deep, Checks::none);
    if (a.error || (image && image->rgb != a.image.rgb)) return {};
    image = std::move(a.image);
  }
  image->note = "its end is missing; its picture is whole";
  return image;
}

}  // namespace

bool is_png(Bytes bytes) { return has_at(bytes, 0, "\x89PNG\r\n\x1A\n"); }

// From the first eXIf chunk, before the image or after it.
int png_orientation(Bytes bytes) {
  constexpr size_t kSignature = 8, kFrame = 12;  // a frame: length, name, checksum
  for (size_t at = kSignature; bytes.size() - at >= kFrame;) {
    const size_t length =
        size_t{bytes[at]} << 24 | size_t{bytes[at + 1]} << 16 | size_t{bytes[at + 2]} << 8 | size_t{bytes[at + 3]};
    if (bytes.size() - at - kFrame < length) break;
    if (has_at(bytes, at + 4, "eXIf")) return exif_orientation(bytes.subspan(at + 8, length));
    at += kFrame + length;
  }
  return 1;
}

ImageHeader png_header(Bytes bytes) {
  if (bytes.size() < 26) return {};
  ImageHeader header{"", bytes[24], png_orientation(bytes)};
  switch (bytes[25]) {
    case 0:
      header.mode = "gray";
      break;
    case 2:
      header.mode = "RGB";
      break;
    case 3:
      header.mode = "palette";
      break;
    case 4:
      header.mode = "gray+alpha";
      break;
    case 6:
      header.mode = "RGBA";
      break;
  }
  return header;
}

Image decode_png(Bytes bytes, const std::string& name, const DecodeOptions& deep) {
  Attempt first = attempt(bytes, name, deep, Checks::all);
  if (first.error == 0) return std::move(first.image);
  if (first.error == SPNG_IO_EOF)
    if (auto image = without_checksums(bytes, name, deep)) return std::move(*image);
  if (first.error != SPNG_ECHUNK_CRC) fail_decoding(first.error, name);
  Attempt second = attempt(bytes, name, deep, Checks::picture);
  if (second.error) fail_decoding(second.error, name);
  add_note(second.image, "a checksum outside of its picture is wrong");
  return std::move(second.image);
}

}  // namespace graft
