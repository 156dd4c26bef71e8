#include "tools/run_folder.h"

#include "engine/data/printable.h"
#include "weights/keras_h5.h"

namespace graft {
namespace fs = std::filesystem;

fs::path create_run_folder(const fs::path& out, int64_t frozen, int64_t trained) {
  fs::path run = out;
  for (int number = 1; run.empty(); ++number)
    if (const fs::path free = fs::path("runs") / std::to_string(number); !fs::exists(free)) run = free;
  std::error_code error;
  if (fs::exists(run) && (!fs::is_directory(run) || !fs::is_empty(run, error)))
    fail(Fault::usage, "{} exists already: choose another --out, or continue that run with --resume {}",
         printable(run), printable(run));
  if (fs::create_directories(run, error); error)
    fail(Fault::resources, "{}: cannot be made: {}", printable(run), error.message());
  // Two checkpoints and one being written (weights, and two optimizer values for each trained one), and the model.
  const auto need = uint64_t(4 * (3 * (frozen + 3 * trained) + frozen + trained));
  const fs::space_info space = fs::space(run, error);
  if (!error && space.available < need)
    fail(Fault::resources,
         "{}: a run of this model takes up to {:.1f} GB, but the disk has {:.1f} GB left; choose another --out",
         printable(run), double(need) / 1e9, double(space.available) / 1e9);
  return run;
}

void save_model(const fs::path& run, Vgg& model, const ModelRecord& record) {
  std::vector<Parameter*> all = model.trunk_parameters();
  for (Parameter* p : model.head_parameters()) all.push_back(p);
  save_keras_h5(run / "model.h5", all, to_json(record));
}

}  // namespace graft
