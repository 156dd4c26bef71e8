// Which images are masks (regions that a person outlined in another image), judged by their names, and which image
// each belongs to. Data sets name them x_mask.png, x_segmentation.png, x-d.bmp (Herlev), or keep them in a folder
// of masks.
#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace graft {

// Judges by the name of the file, or of a folder that it lies in; `relative` is relative to the class folder, whose
// own name is not considered.
bool is_mask_name(const std::filesystem::path& relative);

// Judges by the name of a class folder, which may also be that of a real class (with_mask): only the images can
// tell.
bool is_mask_class(const std::string& name);

// "x" for x.png, x_mask.png, x_mask_1.png, mask_x.png: the stem shared by an image and its masks.
std::string mask_stem(const std::filesystem::path& name);

// The masks of images, by their stems (if spellings differ in case, the exact one wins): those in the same folder
// below the two given folders, in one that differs only by images/ or masks/, or, if either side has no folders,
// anywhere. A name that says "mask" takes precedence over one that is only the image's.
class MaskFinder {
 public:
  // If the folder also holds the images, only files with is_mask_name count.
  MaskFinder(const std::vector<std::filesystem::path>& files, const std::filesystem::path& folder,
             bool with_images);

  // Several masks are parts of one. `image` is relative to its folder. Empty: there is none, or several folders
  // have one and it is unclear which is meant.
  std::vector<std::filesystem::path> masks_of(const std::filesystem::path& image) const;

  bool empty() const { return by_stem_.empty(); }

 private:
  struct Mask {
    std::filesystem::path file, relative;
    std::string stem;  // of the image
    bool by_name;      // its name marks it as a mask
  };
  std::map<std::string, std::vector<Mask>> by_stem_;  // in lower case
};

}  // namespace graft
