#include "tools/run/output_folder.h"

#include "engine/base/printable.h"
#include "kernels/api/error.h"

namespace graft {
namespace fs = std::filesystem;

fs::path output_folder(const fs::path& out, const fs::path& parent) {
  if (out.empty() && fs::is_symlink(parent))  // in an untrusted run it might lead elsewhere
    fail(Fault::resources, "{}: is a symbolic link, which is not followed; name a folder with --out",
         printable(parent));
  fs::path folder = out;
  for (int number = 1; folder.empty(); ++number)
    if (const fs::path free = parent / std::to_string(number); !fs::exists(free)) folder = free;
  std::error_code error;
  if (fs::exists(folder) && (!fs::is_directory(folder) || !fs::is_empty(folder, error)))
    fail(Fault::usage, "{}: already exists; nothing is overwritten, choose another --out", printable(folder));
  if (fs::create_directories(folder, error); error)
    fail(Fault::resources, "{}: cannot be created: {}; choose another --out", printable(folder), error.message());
  return folder;
}

fs::path model_folder(const fs::path& run) {
  std::error_code error;  // a name that is too long is not a folder
  if (fs::is_directory(run, error)) return run;
  return run.has_parent_path() ? run.parent_path() : fs::path(".");
}

}  // namespace graft
