// Random views of training images, so that a model trained on few images does not memorise them. A view is a
// function of (seed, pass over the images, sample) alone; threads, order and resuming do not affect it. The
// geometry is that of Keras' ImageDataGenerator: one affine map about the centre, bilinear, then flips; brightness
// and contrast follow. The map is applied to the fitted 8-bit image; only training images are augmented.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/image/image.h"

namespace graft {

// What points outside of the image show, as in scipy.ndimage: the nearest pixel; the image mirrored at its border
// (d c b a | a b c d | d c b a); black.
enum class Fill { nearest, reflect, black };

struct Augment {
  std::string preset = "none";
  bool flip_horizontal = false, flip_vertical = false;  // left-right, top-bottom; each with probability 1/2
  double rotation = 0;                                  // degrees, in either direction; 0 ... 180
  double shift = 0;          // share of the side, in either direction, on each axis; 0 ... 1
  double zoom = 0;           // side of the visible part: 1 - zoom ... 1 + zoom; 0 ... 0.9
  bool keep_aspect = false;  // one zoom for both axes; Keras draws two
  double brightness = 0;     // factor 1 - brightness ... 1 + brightness; 0 ... 1
  double contrast = 0;       // factor about the mean gray, 1 - contrast ... 1 + contrast; 0 ... 1
  double crop = 1;           // smallest share of the area that a random crop keeps, aspect kept; 0.01 ... 1
  Fill fill = Fill::nearest;

  bool random() const;  // false: every view is the image itself
  bool operator==(const Augment&) const = default;
};

// "none"; "keras-generator": the values of the examples in Keras' documentation (rotation 20, shift 0.2, zoom 0.2,
// horizontal flips); "medical-gentle": no flips, since a mirrored body is a different body, rotation 10, shift
// 0.05, zoom 0.1 with the aspect kept, brightness and contrast 0.1.
std::vector<std::string> augment_names();

// "PRESET[,key=value...]" with the keys flip-horizontal, flip-vertical, rotation, shift, zoom, keep-aspect,
// brightness, contrast, crop, fill. Error(Fault::usage) names the problem and the choices.
Augment parse_augment(std::string_view text);
// All values spelled out: parse_augment(describe(a)) == a, even if presets change.
std::string describe(const Augment& augment);

// The parameters drawn for one view. Lengths are shares of the side, angles are in radians.
struct View {
  bool flip_x = false, flip_y = false;
  double angle = 0;
  double shift_y = 0, shift_x = 0;
  double zoom_y = 1, zoom_x = 1;
  double brightness = 1, contrast = 1;
  double crop = 1;                // side of the crop
  double crop_y = 0, crop_x = 0;  // its position: -1 (top, left) ... 1
  bool operator==(const View&) const = default;
};

// Always draws the same number of values, so disabling one transformation leaves the others unchanged.
View draw_view(const Augment& augment, uint64_t seed, uint64_t pass, uint64_t sample);
std::string describe(const View& view);  // "flipped left-right, rotation -3.1, shift +0.02 -0.01"; "unchanged"

// The view of an image, of the same size. Flips alone only move bytes and are exact.
Image apply_view(const Image& image, const View& view, Fill fill);

}  // namespace graft
