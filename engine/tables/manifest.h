// manifest.csv, which `split` writes into its output folder: where each file was before. Tables and rules that
// users have for the images refer to the old names.
#pragma once
#include <filesystem>
#include <vector>

#include "engine/tables/groups.h"

namespace graft {

constexpr const char* kManifestHeader = "path,source,class,group,split,sha256";

// Is the file the manifest of `data`, or a copy of it? It lists current names.
bool is_manifest_of(const std::filesystem::path& file, const std::filesystem::path& data);

// Gives each file the name that it had before `data`, or its parent folder, was written by split. Files that the
// manifest does not list, or all if there is none, are unchanged.
void restore_names(std::vector<FileInData>& files, const std::filesystem::path& data);

}  // namespace graft
