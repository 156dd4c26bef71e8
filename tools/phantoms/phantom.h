// Phantom head slices: drawn images that look like contrast-enhanced axial MR slices, without lesion or with one of
// three kinds, and the mask of the lesion. They come from no patient. Anatomy, contrast, bias field and noise vary,
// and vessels, choroid plexus and a normal pituitary shine where lesions could be, so that the mean intensity tells
// nothing and the place and form of what shines tells all.
#pragma once
#include <array>
#include <cstdint>
#include <filesystem>

#include "engine/image/image.h"

namespace graft {

// ring: mass inside the brain, dark core, bright rim, oedema. meningeal: even mass, broad against the skull.
// sellar: even or partly cystic mass on the midline above the base of the skull.
enum class Lesion { none, ring, meningeal, sellar };
constexpr std::array<const char*, 4> kLesionNames = {"no_lesion", "ring", "meningeal", "sellar"};

struct Phantom {
  Image image, mask;  // both gray; the mask is 255 inside the lesion, else 0
};

// A pure function of its arguments; size in pixels, at least 16.
Phantom draw_phantom(Lesion lesion, uint64_t seed, uint64_t index, int size);

struct PhantomSet {
  int train = 400, test = 100;  // images of all classes together
  uint64_t seed = 1;
  int size = 224;
};

// Writes out/{train,test}/<class>/*.png and out/masks/{train,test}/<class>/*.png, whole or not at all. A larger set
// of the same seed begins with the same images. Throws a usage error if `out` exists or a number is out of range.
void write_phantom_set(const std::filesystem::path& out, const PhantomSet& set);

}  // namespace graft
