#include "engine/image/inspect.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <mutex>

#include "engine/base/file_rules.h"
#include "engine/base/hash.h"
#include "engine/base/printable.h"
#include "engine/base/threads.h"
#include "engine/image/image_formats.h"
#include "kernels/api/error.h"

namespace graft {
namespace {

// Suffixes of unsupported images; the others have theirs in the table of decoders.
constexpr std::string_view kOtherSuffixes = " .gif .tif .tiff .webp .dcm ";

// The suffix is that of an image format, but not of this one.
bool is_wrong_suffix(const std::filesystem::path& path, const Decoder& kind) {
  const std::string suffix = " " + lower_ascii(path.extension().string()) + " ";
  const auto listed = [&](std::string_view suffixes) { return suffixes.find(suffix) != suffixes.npos; };
  if (path.extension().empty() || listed(kind.suffixes)) return false;
  return listed(kOtherSuffixes) ||
         std::ranges::any_of(decoders(), [&](const Decoder& d) { return listed(d.suffixes); });
}

std::string digest_of(Bytes bytes) { return sha256(std::as_bytes(bytes)); }

std::string pixel_digest(const Image& image) {
  Hasher hash(Hasher::sha256);
  hash.update(fmt::format("{} {}\n", image.w, image.h));
  hash.update(image.rgb.data(), image.rgb.size());
  return hash.hex();
}

bool is_one_colour(const Image& image) {
  return std::equal(image.rgb.begin() + 3, image.rgb.end(), image.rgb.begin());
}

bool is_two_valued(const Image& image) {
  using Colour = std::array<uint8_t, 3>;
  const auto at = [&](size_t i) { return Colour{image.rgb[i], image.rgb[i + 1], image.rgb[i + 2]}; };
  const Colour first = at(0);
  Colour second = first;
  for (size_t i = 3; i < image.rgb.size(); i += 3) {
    const Colour c = at(i);
    if (c == first || c == second) continue;
    if (second != first) return false;
    second = c;
  }
  return true;
}

// The same, allowing for what JPEG does to two colours: black and one bright colour, with few pixels between them
// at the edges.
bool is_two_valued_lossy(const Image& image) {
  constexpr int kNoise = 24, kBright = 96;
  const size_t pixels = image.rgb.size() / 3, most_between = pixels / 16;
  const int middle = *std::ranges::max_element(image.rgb) / 2;
  std::array<int64_t, 3> sum{};  // of the bright pixels: JPEG overshoots at edges, so no single pixel is the colour
  int64_t count = 0;
  for (size_t i = 0; i < image.rgb.size(); i += 3) {
    if (std::max({image.rgb[i], image.rgb[i + 1], image.rgb[i + 2]}) <= middle) continue;
    for (size_t c = 0; c < 3; ++c) sum[c] += image.rgb[i + c];
    ++count;
  }
  if (middle < kBright / 2) return false;
  const std::array<int, 3> bright = {int(sum[0] / count), int(sum[1] / count), int(sum[2] / count)};
  size_t of_black = 0, of_bright = 0;
  for (size_t i = 0; i < image.rgb.size(); i += 3) {
    bool black = true, second = true;
    for (size_t c = 0; c < 3; ++c) {
      black = black && image.rgb[i + c] <= kNoise;
      second = second && std::abs(image.rgb[i + c] - bright[c]) <= kNoise;
    }
    of_black += black, of_bright += second;
    if (i / 3 + 1 - of_black - of_bright > most_between) return false;
  }
  return of_black > 0 && of_bright > most_between / 4;
}

}  // namespace

ImageFacts inspect_image(const std::filesystem::path& path, InspectDepth depth,
                         const std::optional<Levels>& levels) {
  const std::string name = printable(path);
  ImageFacts facts;
  std::vector<uint8_t> bytes;
  try {
    bytes = read_image_file(path, name);
  } catch (const Error& e) {
    facts.error = e.what(), facts.not_read = e.fault() == Fault::resources;
    return facts;
  }
  try {
    facts.bytes = static_cast<int64_t>(bytes.size());
    facts.digest = digest_of(bytes);
    const Sniffed found = sniff(bytes);
    facts.kind = found.decoder ? found.decoder->name : found.what;
    if (found.decoder) {
      facts.wrong_suffix = is_wrong_suffix(path, *found.decoder);
      const ImageHeader header = found.decoder->header(bytes);
      facts.mode = header.mode, facts.bits = header.bits, facts.orientation = header.orientation;
    }
    DeepValues values;
    Image image = decode_image(bytes, name, {.levels = levels, .values = &values});
    facts.note = image.note;
    if (!values.count.empty()) {
      facts.depth = depth_of(values, levels);
      if (2 * facts.depth->shades < 256 && facts.depth->low < facts.depth->high)
        image = decode_image(bytes, name, {.levels = Levels{facts.depth->low, facts.depth->high}});
    }
    facts.w = image.w, facts.h = image.h;
    facts.one_colour = is_one_colour(image);
    facts.two_valued =
        facts.one_colour || is_two_valued(image) || (found.decoder->lossy && is_two_valued_lossy(image));
    facts.brightest = *std::ranges::max_element(image.rgb);
    if (depth == InspectDepth::pixels) return facts;
    facts.pixels = pixel_digest(image);
    facts.perceptual_hash = perceptual_hash(image);
  } catch (const Error& e) {
    if (e.fault() != Fault::data) throw;
    facts.error = e.what();
  }
  return facts;
}

std::vector<ImageFacts> inspect_images(const std::vector<std::filesystem::path>& files, InspectDepth depth,
                                       int threads, const std::function<bool(int64_t)>& done,
                                       const std::optional<Levels>& levels) {
  std::vector<ImageFacts> facts(files.size());
  std::mutex mutex;
  int64_t ready = 0;
  bool stopping = false;
  parallel_for(files.size(), threads, [&](size_t i) {
    facts[i] = inspect_image(files[i], depth, levels);
    const std::lock_guard lock(mutex);
    stopping = stopping || !done(++ready);
    return !stopping;
  });
  return facts;
}

}  // namespace graft
