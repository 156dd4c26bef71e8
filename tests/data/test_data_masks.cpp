// Masks by name: the naming schemes of public data sets, and names that only look like masks.
#include <doctest/doctest.h>

#include "engine/base/file_rules.h"
#include "engine/data/masks.h"

namespace graft::test {

TEST_CASE("masks are recognised by name, with the image that they belong to") {
  const auto mask_of = [](const char* name) { return is_mask_name(name) ? mask_stem(name) : "no mask"; };
  for (const char* name :
       {"x_mask.png", "x-mask.PNG", "x mask.jpg", "X_Mask.tif", "x_masks.png", "x_mask_1.png", "x_mask12.png",
        "x_mask (2).png", "x_segmentation.png", "x_seg.png", "x.mask.png", "x-d.bmp", "x-d.BMP", "mask_x.png",
        "Mask-x.png", "masks/x.png", "Segmentation/deep/x.png", "GroundTruth/x.jpg", "ground_truth/x_mask.png"})
    CHECK_MESSAGE(lower_ascii(mask_of(name)) == "x", name);
  CHECK(mask_of("ISIC_0024306_segmentation.png") == "ISIC_0024306");
  CHECK(mask_of("benign (1)_mask_1.png") == "benign (1)");
  CHECK(mask_of("mask.png").empty());
  for (const char* name : {"masks", "Mask", "tumour_mask", "ground_truth", "mask_a", "a.masks"})
    CHECK_MESSAGE(is_mask_class(name), name);
  for (const char* name : {"images", "unmasked", "masked"}) CHECK_MESSAGE(!is_mask_class(name), name);
}

TEST_CASE("masks of an image: in its own folder, next to it, in one folder, in several parts") {
  const auto masks_of = [](std::vector<std::string> names, const std::string& image, bool with_images = false) {
    std::vector<std::filesystem::path> files;
    for (const std::string& name : names) files.push_back("m/" + name);
    std::string found;
    for (const auto& file : MaskFinder(files, "m", with_images).masks_of(image))
      found += file.lexically_relative("m").string() + " ";
    return found;
  };
  CHECK(masks_of({"x.png", "y.png"}, "x.jpg") == "x.png ");
  CHECK(masks_of({"x_mask.png", "x_mask_1.png", "x.png"}, "x.png", true) == "x_mask.png x_mask_1.png ");
  CHECK(masks_of({"x_mask.png", "x.png"}, "x.png") == "x_mask.png ");
  CHECK(masks_of({"x-d.bmp"}, "a/b/x.BMP") == "x-d.bmp ");
  CHECK(masks_of({"a/masks/x.png", "b/masks/x.png"}, "a/images/x.png") == "a/masks/x.png ");
  CHECK(masks_of({"a/x.png"}, "b/x.png").empty());
  CHECK(masks_of({"a/x.png", "b/x.png"}, "x.png").empty());
  CHECK(masks_of({"mask_7.png"}, "mask_7.jpg") == "mask_7.png ");
  CHECK(masks_of({"x.png"}, "x.png", true).empty());
  CHECK(masks_of({"SCAN_1_MASK.PNG"}, "scan_1.png") == "SCAN_1_MASK.PNG ");
  CHECK(masks_of({"A_mask.png", "a_mask.png"}, "a.png") == "a_mask.png ");  // the exact name
}

TEST_CASE("names that only contain the word are not masks") {
  for (const char* name :
       {"x.png", "unmask.png", "masked.png", "masks.d/x.png", "x-d.png", "x_d.bmp", "x_mask_b.png",
        "x_superpixels.png", "damask_1.png", "_mask.png", "with_masking.png", "images/x.png", "-d.bmp"})
    CHECK_MESSAGE(!is_mask_name(name), name);
  CHECK(mask_stem("images/x.y.png") == "x.y");
  CHECK(is_mask_name(std::string(5000, 'a') + "_mask.png"));
}

}  // namespace graft::test
