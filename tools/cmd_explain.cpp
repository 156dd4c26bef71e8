// vgg-finetune explain: where in an image a trained model sees its class. For each image an overlay (PNG) and the
// raw map (NPY); with masks, whether the maps point at what they should.
#include <unistd.h>

#include <CLI/CLI.hpp>

#include "engine/atomic_file.h"
#include "engine/data/png_writer.h"
#include "engine/data/printable.h"
#include "engine/hash.h"
#include "tools/compute.h"
#include "tools/evaluate.h"
#include "tools/explain.h"
#include "tools/npy_writer.h"
#include "tools/output_folder.h"
#include "tools/pointing.h"
#include "tools/progress.h"
#include "tools/setup.h"

namespace graft {
namespace {

namespace fs = std::filesystem;

// The files of a folder and all below it but hidden ones, in order; or the one image.
std::vector<fs::path> find_images(const fs::path& path) {
  if (!fs::exists(path)) fail(Fault::data, "{}: no such image or folder; check the path", printable(path));
  if (!fs::is_directory(path)) return {path};
  std::vector<fs::path> files;
  for (auto it = fs::recursive_directory_iterator(path); it != fs::recursive_directory_iterator(); ++it) {
    if (it->path().filename().native().starts_with("."))
      it.disable_recursion_pending();
    else if (it->is_regular_file())
      files.push_back(it->path());
  }
  if (files.empty()) fail(Fault::data, "{}: there are no files in it", printable(path));
  std::sort(files.begin(), files.end());
  return files;
}

int find_class(const ModelRecord& record, const std::string& name) {
  if (name.empty()) return kPredictedClass;
  const auto found = std::find(record.classes.begin(), record.classes.end(), name);
  if (found != record.classes.end()) return int(found - record.classes.begin());
  std::string known;
  for (const std::string& c : record.classes) known += (known.empty() ? "" : ", ") + printable(c);
  fail(Fault::usage, "--class {}: the model's classes are {}", printable(name), known);
}

struct Result {
  std::string csv = "image,class,probability,predicted,peak_x,peak_y,peak,in_lesion\n";
  Pointing pointing;
  int maps = 0, empty = 0;
  std::vector<std::string> notes, errors;
};

// OUT/NAME without the suffix. A name that would be longer than the disk takes is cut, and told apart by its hash.
fs::path map_base(const fs::path& out, const fs::path& name, Result& result) {
  constexpr size_t kSuffix = 8, kHash = 8;  // ".cam.png"
  const long most = ::pathconf(out.c_str(), _PC_NAME_MAX);
  const std::string file = name.filename().native();
  const size_t room = (most > 0 ? size_t(most) : 255) - kSuffix;
  if (file.size() <= room) return out / name;
  size_t keep = room - kHash - 1;
  while (keep > 0 && (file[keep] & 0xC0) == 0x80) --keep;  // not within a character
  const std::string cut = file.substr(0, keep) + "~" + sha256(file).substr(0, kHash);
  result.notes.push_back(fmt::format("{}: its name leaves no room for .cam.png; its map is {}.cam.png",
                                     printable(name), printable(cut)));
  return out / name.parent_path() / cut;
}

void write_files(const fs::path& base, const Explained& e) {
  std::error_code error;
  if (fs::create_directories(base.parent_path(), error); error)
    fail(Fault::resources, "{}: cannot be made: {}", printable(base.parent_path()), error.message());
  write_png(fs::path(base).concat(".cam.png"), overlay_map(e.fitted, e.map));
  write_npy(fs::path(base).concat(".cam.npy"), e.map.h, e.map.w, e.map.values);
}

// Writes what belongs to one image, under the name that it has below the folder that was asked for. Where that
// cannot be done, though the folder itself can still be written, the other images go on.
void write_map(const ExplainOptions& o, const ModelRecord& record, const fs::path& out, const fs::path& name,
               const Explained& e, Result& result) {
  try {
    write_files(map_base(out, name, result), e);
  } catch (const Error& error) {
    if (error.fault() != Fault::resources) throw;
    write_file(out / "maps.csv", result.csv);
    result.errors.push_back(error.what());
    return;
  }
  const Peak peak = peak_of(e.map, record.preprocess.size);
  std::optional<bool> hit;
  try {
    if (!o.masks.empty()) hit = note_pointing(result.pointing, o.masks / name, record.preprocess, peak);
  } catch (const Error& error) {
    if (error.fault() != Fault::data) throw;
    result.errors.push_back(error.what());
  }
  const auto largest = std::max_element(e.map.probs.begin(), e.map.probs.end()) - e.map.probs.begin();
  result.csv += fmt::format("{},{},{:.9g},{},{},{},{:.9g},{}\n", csv_field(name.string()),
                            csv_field(record.classes[size_t(e.map.shown)]), e.map.probs[size_t(e.map.shown)],
                            csv_field(record.classes[size_t(largest)]), peak.x, peak.y, peak.value,
                            hit ? (*hit ? "yes" : "no") : "");
  ++result.maps, result.empty += !(peak.value > 0);
}

Result explain_all(const ExplainOptions& o, Device& device, const TrainedModel& trained, int layer, int shown,
                   const std::vector<fs::path>& images, const fs::path& out) {
  const fs::path root = fs::is_directory(o.images) ? o.images : o.images.parent_path();
  Result result;
  Progress progress("explain", int64_t(images.size()));
  explain_images(
      device, *trained.model, trained.record.preprocess, layer, images, std::vector<int>(images.size(), shown),
      o.batch,
      [&](const Explained& e) {
        write_map(o, trained.record, out, images[e.index].lexically_relative(root.empty() ? "." : root), e, result);
        progress.update(int64_t(e.index) + 1);
      },
      [&](size_t, const std::string& message) { result.errors.push_back(message); });
  return result;
}

int run_explain(const ExplainOptions& o) {
  Backend& backend = open_backend(o.compute);
  Device device(backend);
  const TrainedModel trained = load_trained(o.run, device);
  use_precision(backend, trained.record.precision);
  const int layer = find_conv(*trained.model, o.layer), shown = find_class(trained.record, o.shown);
  if (!o.masks.empty() && !fs::is_directory(o.masks))
    fail(Fault::data, "{}: no such folder of masks; check --masks", printable(o.masks));
  const std::vector<fs::path> images = find_images(o.images);
  const fs::path out = output_folder(o.out, model_folder(o.run) / "explain");
  const Result r = explain_all(o, device, trained, layer, shown, images, out);
  const std::string& name = trained.model->layers()[layer].name;
  write_file(out / "maps.csv", r.csv);
  nlohmann::json facts = {{"layer", name}, {"maps", r.maps}, {"empty", r.empty}, {"images", printable(o.images)}};
  if (!o.masks.empty()) facts["pointing"] = to_json(r.pointing);
  write_file(out / "explain.json", dump(facts));
  fmt::print("{} Grad-CAM maps at {}: {}\n", r.maps, name, printable(out));
  if (r.empty)
    fmt::print("{} of them are empty: at this layer nothing speaks for the class; the overlay is the bare image\n",
               r.empty);
  if (!o.masks.empty()) fmt::print("{}\n", describe(r.pointing));
  for (const std::string& note : r.notes) fmt::print("note: {}\n", note);
  for (const std::string& error : r.errors) fmt::print(stderr, "vgg-finetune: {}\n", error);
  return r.errors.empty() ? 0 : static_cast<int>(Fault::data);
}

constexpr const char* kAbout = R"(
Writes NAME.cam.png (the image as the model saw it, under the map's colours) and NAME.cam.npy (the raw map) for each
image, maps.csv and explain.json. A map shows what the model used. That it lies on a lesion does not make the answer
right, and that it does not may be the most useful thing to know.)";

}  // namespace

void add_explain_command(CLI::App& app, int& exit_code) {
  CLI::App& c = *app.add_subcommand("explain", "Show where in an image a model sees its class (Grad-CAM)");
  auto o = std::make_shared<ExplainOptions>();
  c.footer(kAbout);
  c.add_option("RUN", o->run, "run folder, or a model.h5")->required();
  c.add_option("IMAGES", o->images, "an image, or a folder of them")->required();
  c.add_option("--layer", o->layer, "a convolution, such as block4_conv3 (default: the last)");
  c.add_option("--class", o->shown, "the class to explain (default: for each image the one that is predicted)");
  c.add_option("--masks", o->masks, "folder with a mask (white: the lesion) for each image, under the same names");
  c.add_option("--out", o->out, "folder to write into (default: the next free RUN/explain/N)");
  c.add_option("--batch", o->batch, "images in a batch")->capture_default_str()->check(CLI::Range(1, 65536));
  add_compute_options(c, o->compute);
  c.callback([o, &exit_code] { exit_code = run_explain(*o); });
}

}  // namespace graft
