// Folders of val or test images that nobody can judge, as competitions publish them: without class folders, or in
// folders that are none of the classes (test/test1, test/images). One rule for all commands.
#pragma once
#include <string>
#include <vector>

#include "engine/data/walk.h"

namespace graft {

// "test has no class folders", "test: its only folder 'test1' is none of the classes": why no image of a split has
// a class, though there are images. Empty: some have, or there are none, or what differs looks like a mistake that
// is to be mended (a class in another spelling, class folders one level further down).
std::string why_unlabelled(const SplitFolder& split, const std::vector<std::string>& classes);

// The names of class folders that hold images.
std::vector<std::string> classes_with_images(const SplitFolder& split);

// Does a folder of classes' names lie within the class folder? Then that one is a level too many.
bool holds_classes(const ClassFolder& folder, const std::vector<std::string>& classes);

}  // namespace graft
