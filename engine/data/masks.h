// Which pictures are masks (what a person outlined in another picture), by their names, and of which picture. Sets
// name them x_mask.png, x_segmentation.png, x-d.bmp (Herlev), or keep them in a folder of masks.
#pragma once
#include <filesystem>
#include <string>

namespace graft {

// By the name of the file, or of a folder that it lies in; `relative` to the class folder, whose own name says
// nothing.
bool is_mask_name(const std::filesystem::path& relative);

// "x" of x.png, x_mask.png, x_mask_1.png, mask_x.png: the stem that a mask and its picture have in common.
std::string mask_stem(const std::filesystem::path& name);

}  // namespace graft
