// manifest.csv, which `split` leaves in a folder that it has written: where each file of it was before. What a
// person knows of the images (a rule for patients, a list) is about the names of then.
#pragma once
#include <filesystem>
#include <vector>

#include "engine/tables/groups.h"

namespace graft {

constexpr const char* kManifestHeader = "path,source,class,group,split,sha256";

// Is the file the manifest of `data`, or a copy of it? Its names are those of now.
bool is_manifest_of(const std::filesystem::path& file, const std::filesystem::path& data);

// Gives each file the name that it had before `data`, or the folder around it, was written by split. Those that the
// manifest does not list, and all where there is none, stay as they are.
void restore_names(std::vector<FileInData>& files, const std::filesystem::path& data);

}  // namespace graft
