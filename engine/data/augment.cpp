#include "engine/data/augment.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "engine/base/key_values.h"
#include "engine/base/parse_number.h"
#include "engine/base/rng.h"
#include "kernels/api/error.h"

namespace graft {
namespace {

constexpr std::array<const char*, 3> kFills = {"nearest", "reflect", "black"};

std::vector<Augment> presets() {
  Augment none, keras, gentle;
  keras.preset = "keras-generator";
  keras.flip_horizontal = true;
  keras.rotation = 20, keras.shift = 0.2, keras.zoom = 0.2;
  gentle.preset = "medical-gentle";
  gentle.keep_aspect = true;
  gentle.rotation = 10, gentle.shift = 0.05, gentle.zoom = 0.1, gentle.brightness = 0.1, gentle.contrast = 0.1;
  return {none, keras, gentle};
}

struct Range {
  const char* key;
  double Augment::*value;
  double low, high;
};
constexpr std::array<Range, 6> kRanges = {{{"rotation", &Augment::rotation, 0, 180},
                                           {"shift", &Augment::shift, 0, 1},
                                           {"zoom", &Augment::zoom, 0, 0.9},
                                           {"brightness", &Augment::brightness, 0, 1},
                                           {"contrast", &Augment::contrast, 0, 1},
                                           {"crop", &Augment::crop, 0.01, 1}}};
struct Switch {
  const char* key;
  bool Augment::*value;
};
constexpr std::array<Switch, 3> kSwitches = {{{"flip-horizontal", &Augment::flip_horizontal},
                                              {"flip-vertical", &Augment::flip_vertical},
                                              {"keep-aspect", &Augment::keep_aspect}}};

void set(Augment& a, std::string_view key, std::string_view value) {
  for (const Range& r : kRanges) {
    if (key != r.key) continue;
    const auto number = parse_number(value, r.low, r.high);
    if (!number) fail(Fault::usage, "augmentation: {}={} is not a number from {} to {}", key, value, r.low, r.high);
    a.*r.value = *number;
    return;
  }
  for (const Switch& s : kSwitches) {
    if (key != s.key) continue;
    if (value != "0" && value != "1") fail(Fault::usage, "augmentation: {}={} is not 0 or 1", key, value);
    a.*s.value = value == "1";
    return;
  }
  if (key == "fill") {
    const auto it = std::ranges::find(kFills, value);
    if (it == kFills.end()) fail(Fault::usage, "augmentation: fill={}; there are: nearest, reflect, black", value);
    a.fill = static_cast<Fill>(it - kFills.begin());
    return;
  }
  std::string known;
  for (const Range& r : kRanges) known += std::string(r.key) + ", ";
  for (const Switch& s : kSwitches) known += std::string(s.key) + ", ";
  fail(Fault::usage, "augmentation: nothing is called '{}'; there are: {}fill", key, known);
}

}  // namespace

bool Augment::random() const {
  return flip_horizontal || flip_vertical || rotation > 0 || shift > 0 || zoom > 0 || brightness > 0 ||
         contrast > 0 || crop < 1;
}

std::vector<std::string> augment_names() {
  std::vector<std::string> names;
  for (const Augment& a : presets()) names.push_back(a.preset);
  return names;
}

Augment parse_augment(std::string_view text) {
  const std::string_view preset = text.substr(0, text.find(','));
  std::string known;
  for (Augment& a : presets()) {
    known += (known.empty() ? "" : ", ") + a.preset;
    if (a.preset != preset) continue;
    if (preset.size() == text.size()) return a;
    for (const KeyValue& part : key_values(text.substr(preset.size() + 1))) {
      if (!part.value) fail(Fault::usage, "augmentation: '{}' has no value; write {},key=value", part.item, preset);
      set(a, part.key, *part.value);
    }
    return a;
  }
  fail(Fault::usage, "no augmentation '{}'; there are: {}", preset, known);
}

std::string describe(const Augment& a) {
  if (a == Augment{}) return a.preset;
  std::string text = a.preset;
  for (const Range& r : kRanges) text += fmt::format(",{}={}", r.key, a.*r.value);
  for (const Switch& s : kSwitches) text += fmt::format(",{}={}", s.key, a.*s.value ? 1 : 0);
  return text + ",fill=" + kFills[static_cast<size_t>(a.fill)];
}

View draw_view(const Augment& a, uint64_t seed, uint64_t pass, uint64_t sample) {
  RandomStream random(seed, Purpose::augment, pass, sample);
  const auto around = [&](double middle, double reach) {
    return middle + reach * (2 * static_cast<double>(random.uniform()) - 1);
  };
  View v;
  v.flip_x = (random.bits() & 1) != 0 && a.flip_horizontal;
  v.flip_y = (random.bits() & 1) != 0 && a.flip_vertical;
  v.angle = around(0, a.rotation) * std::numbers::pi / 180;
  v.shift_y = around(0, a.shift), v.shift_x = around(0, a.shift);
  v.zoom_y = around(1, a.zoom), v.zoom_x = around(1, a.zoom);
  if (a.keep_aspect) v.zoom_x = v.zoom_y;
  v.brightness = around(1, a.brightness);
  v.contrast = around(1, a.contrast);
  v.crop = std::sqrt(1 - (1 - a.crop) * static_cast<double>(random.uniform()));
  v.crop_y = around(0, 1), v.crop_x = around(0, 1);
  if (a.crop == 1) v.crop_y = v.crop_x = 0;
  return v;
}

std::string describe(const View& v) {
  std::string text;
  const auto add = [&](bool changed, const std::string& what) {
    if (changed) text += (text.empty() ? "" : ", ") + what;
  };
  add(v.flip_x, "flipped left-right"), add(v.flip_y, "flipped top-bottom");
  add(v.angle != 0, fmt::format("rotation {:+.1f}", v.angle * 180 / std::numbers::pi));
  add(v.shift_y != 0 || v.shift_x != 0, fmt::format("shift {:+.2f} {:+.2f}", v.shift_x, v.shift_y));
  add(v.zoom_y != 1 || v.zoom_x != 1, fmt::format("zoom {:.2f} {:.2f}", v.zoom_x, v.zoom_y));
  add(v.crop != 1, fmt::format("crop {:.2f} at {:+.2f} {:+.2f}", v.crop, v.crop_x, v.crop_y));
  add(v.brightness != 1, fmt::format("brightness {:.2f}", v.brightness));
  add(v.contrast != 1, fmt::format("contrast {:.2f}", v.contrast));
  return text.empty() ? "unchanged" : text;
}

}  // namespace graft
