// Which pictures are masks (what a person outlined in another picture), by their names, and of which picture. Sets
// name them x_mask.png, x_segmentation.png, x-d.bmp (Herlev), or keep them in a folder of masks.
#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace graft {

// By the name of the file, or of a folder that it lies in; `relative` to the class folder, whose own name says
// nothing.
bool is_mask_name(const std::filesystem::path& relative);

// By the name of a class folder, which may also be that of a class (with_mask): only the pictures can tell.
bool is_mask_class(const std::string& name);

// "x" of x.png, x_mask.png, x_mask_1.png, mask_x.png: the stem that a mask and its picture have in common.
std::string mask_stem(const std::filesystem::path& name);

// The masks of images, by their stems (of one in several spellings of upper and lower case the exact one): those in
// the same folder below the two folders that were given, in one that differs only by images/ or masks/, or, where
// either side has no folders, anywhere. A name that says "mask" goes before one that is only the image's.
class MaskFinder {
 public:
  // Of a folder that holds the images too, only what is_mask_name says.
  MaskFinder(const std::vector<std::filesystem::path>& files, const std::filesystem::path& folder,
             bool with_images);

  // Several are parts of one. `image` is relative to its folder. Empty: there is none, or several folders have one
  // and nothing says which is meant.
  std::vector<std::filesystem::path> masks_of(const std::filesystem::path& image) const;

  bool empty() const { return by_stem_.empty(); }

 private:
  struct Mask {
    std::filesystem::path file, relative;
    std::string stem;  // of the image
    bool by_name;      // its name says that it is one
  };
  std::map<std::string, std::vector<Mask>> by_stem_;  // in lower case
};

}  // namespace graft
