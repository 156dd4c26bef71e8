#include "tools/pointing.h"

#include <nlohmann/json.hpp>

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

}  // namespace

std::optional<bool> note_pointing(Pointing& pointing, const std::filesystem::path& mask,
                                  const Preprocess& preprocess, const Peak& peak) {
  if (!std::filesystem::exists(mask)) return ++pointing.without_mask, std::nullopt;
  Preprocess sharp = preprocess;
  sharp.interpolation = Interpolation::nearest;
  const Image fitted = fit_image(decode_image(mask), sharp);
  const auto inside = [&](int pixel) { return fitted.rgb[3 * size_t(pixel)] >= 128; };
  int pixels = 0;
  for (int p = 0; p < fitted.w * fitted.h; ++p) pixels += inside(p);
  if (pixels == 0) return ++pointing.without_lesion, std::nullopt;
  const bool hit = peak.value > 0 && inside(peak.y * fitted.w + peak.x);
  ++pointing.lesions, pointing.hits += hit, pointing.empty_maps += !(peak.value > 0);
  pointing.area += double(pixels) / double(fitted.w * fitted.h);
  return hit;
}

std::string describe(const Pointing& p) {
  std::string text =
      p.lesions ? fmt::format("{} of {} maps have their peak inside the lesion ({:.3f}; a random point: {:.3f})",
                              p.hits, p.lesions, p.share(), p.chance())
                : "there is nothing to measure: no image has a mask with a lesion (under the same name)";
  if (p.empty_maps) text += fmt::format("; {} maps are empty", p.empty_maps);
  if (p.without_lesion) text += fmt::format("; {} images have no lesion", p.without_lesion);
  if (p.without_mask) text += fmt::format("; {} images have no mask", p.without_mask);
  return text;
}

nlohmann::json to_json(const Pointing& pointing) {
  nlohmann::json j;
  each_field(pointing, [&](const char* name, const auto& value) { j[name] = value; });
  return j;
}

Pointing pointing_from_json(const nlohmann::json& j) {
  Pointing pointing;
  each_field(pointing, [&](const char* name, auto& value) { j.at(name).get_to(value); });
  return pointing;
}

}  // namespace graft
