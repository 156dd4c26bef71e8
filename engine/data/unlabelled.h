// Folders of val or test images without labels, as competitions publish them: without class folders, or in folders
// that match none of the classes (test/test1, test/images). One rule for all commands.
#pragma once
#include <string>
#include <vector>

#include "engine/data/walk.h"

namespace graft {

// "test has no class folders", "test: its only folder 'test1' is none of the classes": why no image of a split has
// a class, though there are images. Empty: some have, or there are none, or the difference looks like a mistake
// that can be fixed (another spelling of a class, class folders one level further down).
std::string why_unlabelled(const SplitFolder& split, const std::vector<std::string>& classes);

// The names of the class folders that hold images.
std::vector<std::string> classes_with_images(const SplitFolder& split);

// Does the class folder contain a folder with the name of a class? Then it is a redundant level.
bool holds_classes(const ClassFolder& folder, const std::vector<std::string>& classes);

}  // namespace graft
