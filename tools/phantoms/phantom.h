// Phantom head slices: synthetic images that resemble contrast-enhanced axial MR slices, without a lesion or with
// one of three kinds, and the lesion's mask. They show no patient. Anatomy, contrast, bias field and noise vary,
// and vessels, choroid plexus and a normal pituitary enhance where lesions could be, so that the mean intensity
// is uninformative and only the location and shape of enhancement identify the class.
#pragma once
#include <array>
#include <cstdint>
#include <filesystem>

#include "engine/image/image.h"

namespace graft {

// ring: mass within the brain, dark core, bright rim, oedema. meningeal: homogeneous mass, broad-based on the
// skull. sellar: homogeneous or partly cystic mass on the midline above the skull base.
enum class Lesion { none, ring, meningeal, sellar };
constexpr std::array<const char*, 4> kLesionNames = {"no_lesion", "ring", "meningeal", "sellar"};

struct Phantom {
  Image image, mask;  // both gray; the mask is 255 inside the lesion and 0 elsewhere
};

// A pure function of its arguments; size in pixels, at least 16.
Phantom draw_phantom(Lesion lesion, uint64_t seed, uint64_t index, int size);

struct PhantomSet {
  int train = 400, test = 100;  // images in all classes together
  uint64_t seed = 1;
  int size = 224;
};

// Writes out/{train,test}/<class>/*.png and out/masks/{train,test}/<class>/*.png, completely or not at all. A larger
// set of the same seed starts with the same images. Throws Error (usage) if `out` exists or a number is out of range.
void write_phantom_set(const std::filesystem::path& out, const PhantomSet& set);

}  // namespace graft
