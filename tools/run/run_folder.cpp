#include "tools/run/run_folder.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "engine/base/printable.h"
#include "engine/base/temporary_file.h"
#include "weights/keras/keras_h5.h"

namespace graft {
namespace fs = std::filesystem;
namespace {

bool holds_nothing(const fs::path& folder) {
  std::error_code error;
  const fs::directory_iterator files(folder, error);
  if (error)
    fail(Fault::resources,
         "{}: cannot be read: {}; check its permissions and the limits of this process (ulimit -n)",
         printable(folder), error.message());
  return std::all_of(begin(files), end(files), [](const auto& f) { return is_leftover(f.path()); });
}

// The first of runs/1, runs/2, ... that this call creates, so that concurrent processes get different ones.
fs::path next_free() {
  std::error_code error;
  fs::create_directories("runs", error);
  for (int number = 1;; ++number) {
    const fs::path run = fs::path("runs") / std::to_string(number);
    if (!error && fs::create_directory(run, error)) return run;
    if (error)
      fail(Fault::resources, "{}: cannot be created: {}; choose another --out", printable(run), error.message());
  }
}

void require_empty(const fs::path& run) {
  if (fs::exists(run) && (!fs::is_directory(run) || !holds_nothing(run)))
    fail(Fault::usage, "{} already exists: choose another --out, or continue that run with --resume {}",
         printable(run), printable(run));
}

void require_room(const fs::path& run, int64_t frozen, int64_t trained) {
  // Two checkpoints, one more being written (weights, and for each
  // trained value two of the optimizer and the best one), and two models.
  const auto need = uint64_t(4 * (3 * (frozen + 4 * trained) + 2 * (frozen + trained)));
  std::error_code error;
  const fs::space_info space = fs::space(run, error);
  if (!error && space.available < need)
    fail(Fault::resources,
         "{}: a run of this model needs up to {:.1f} GB, but the disk has {:.1f} GB left; choose another --out",
         printable(run), double(need) / 1e9, double(space.available) / 1e9);
}

}  // namespace

RunFolder create_run_folder(const fs::path& out, int64_t frozen, int64_t trained) {
  require_empty(out);
  std::error_code error;
  if (!out.empty()) fs::create_directories(out, error);
  if (error)
    fail(Fault::resources, "{}: cannot be created: {}; choose another --out", printable(out), error.message());
  RunFolder run{out.empty() ? next_free() : out, nullptr};
  require_room(run.path, frozen, trained);
  run.lock = std::make_unique<RunLock>(run.path);
  require_empty(run.path);  // check again, now that no other process can write
  remove_leftovers(run.path);
  return run;
}

RunFolder open_run_folder(const fs::path& run) {
  RunFolder folder{run, std::make_unique<RunLock>(run)};
  remove_leftovers(run);
  return folder;
}

std::string save_model(const fs::path& file, Model& model, const ModelRecord& record) {
  std::vector<Parameter*> all = model.trunk_parameters();
  for (Parameter* p : model.head_parameters()) all.push_back(p);
  return save_keras_h5(file, all, to_json(record));
}

}  // namespace graft
