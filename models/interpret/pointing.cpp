#include "models/interpret/pointing.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "engine/base/json_values.h"
#include "engine/base/printable.h"
#include "engine/image/image_formats.h"

namespace graft {
namespace {

template <class P, class F>
void each_field(P& p, F&& field) {
  field("lesions", p.lesions);
  field("hits", p.hits);
  field("empty_maps", p.empty_maps);
  field("without_lesion", p.without_lesion);
  field("without_mask", p.without_mask);
  field("area", p.area);
}

// `exif`: as for the image. The values of a mask of more than 8 bits may all fit into the lower eight, which decoding
// would drop.
Image decode_mask(const std::filesystem::path& path, Exif exif) {
  const std::string name = printable(path);
  const std::vector<uint8_t> bytes = read_image_file(path, name);
  DeepValues deep;
  const Image mask = decode_image(bytes, name, {.exif = exif, .values = &deep});
  int high = static_cast<int>(deep.count.size()) - 1;
  while (high > 0 && deep.count[static_cast<size_t>(high)] == 0) --high;
  return high > 0 && high <= 255 ? decode_image(bytes, name, {.levels = Levels{0, 255}, .exif = exif}) : mask;
}

// Returns the mask with 0 or 255 in every channel; nullopt if it is ambiguous.
std::optional<Image> read_mask(const std::filesystem::path& path, Exif exif, MaskValues& values) {
  constexpr int kWhite = 128;
  Image mask = decode_mask(path, exif);
  std::vector<bool> occurs(256, false);
  for (size_t i = 0; i < mask.rgb.size(); i += 3)  // the brightest channel counts
    mask.rgb[i] = std::max({mask.rgb[i], mask.rgb[i + 1], mask.rgb[i + 2]}), occurs[mask.rgb[i]] = true;
  int min = 0, max = 255;
  while (!occurs[size_t(min)]) ++min;
  while (!occurs[size_t(max)]) --max;
  int lesion = kWhite;
  if (max > 0 && max < kWhite) {
    if (std::count(occurs.begin(), occurs.end(), true) > 2) {
      if (values.unclear.empty()) values.unclear = printable(path);
      return std::nullopt;
    }
    lesion = max;
    if (values.dark.empty()) values.dark = fmt::format("{} (values {} and {})", printable(path), min, max);
  }
  for (size_t i = 0; i < mask.rgb.size(); i += 3)
    mask.rgb[i] = mask.rgb[i + 1] = mask.rgb[i + 2] = mask.rgb[i] >= lesion ? 255 : 0;
  return mask;
}

}  // namespace

std::optional<bool> record_pointing(PointingGame& pointing, MaskValues& values,
                                    const std::vector<std::filesystem::path>& masks, const Preprocess& preprocess,
                                    const Peak& peak) {
  Preprocess sharp = preprocess;
  sharp.interpolation = Interpolation::nearest;
  std::vector<bool> inside;
  for (const std::filesystem::path& path : masks) {
    const std::optional<Image> mask = read_mask(path, preprocess.exif, values);
    if (!mask) continue;
    const Image fitted = fit_image(*mask, sharp);
    inside.resize(size_t(fitted.w) * size_t(fitted.h), false);
    for (size_t p = 0; p < inside.size(); ++p) inside[p] = inside[p] || fitted.rgb[3 * p] == 255;
  }
  if (inside.empty()) return ++pointing.without_mask, std::nullopt;
  const auto pixels = std::count(inside.begin(), inside.end(), true);
  if (pixels == 0) return ++pointing.without_lesion, std::nullopt;
  const bool hit = peak.value > 0 && inside[size_t(peak.y * preprocess.size + peak.x)];
  ++pointing.lesions, pointing.hits += hit, pointing.empty_maps += !(peak.value > 0);
  pointing.area += double(pixels) / double(inside.size());
  return hit;
}

std::string describe(const PointingGame& p) {
  std::string text =
      p.lesions ? fmt::format("{} of {} maps have their peak inside the lesion ({:.3f}; a random point: {:.3f})",
                              p.hits, p.lesions, p.share(), p.chance())
                : "nothing to measure: no image has a mask with a lesion";
  if (p.empty_maps) text += fmt::format("; {} maps are empty", p.empty_maps);
  if (p.without_lesion) text += fmt::format("; {} images have no lesion", p.without_lesion);
  if (p.without_mask) text += fmt::format("; {} images have no mask", p.without_mask);
  return text;
}

nlohmann::json to_json(const PointingGame& pointing) {
  nlohmann::json j;
  each_field(pointing, [&](const char* name, const auto& value) { j[name] = value; });
  return j;
}

PointingGame pointing_from_json(const nlohmann::json& j) {
  PointingGame pointing;
  each_field(pointing, [&](const char* name, auto& value) { read_at(j, name, value); });
  return pointing;
}

}  // namespace graft
