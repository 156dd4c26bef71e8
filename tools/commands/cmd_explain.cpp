// vgg-finetune explain: where in an image a trained model sees its class. Writes an overlay (PNG) and the raw map
// (NPY) for each image; with masks, also scores whether the maps point at the masked regions.
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <optional>

#include "engine/base/atomic_file.h"
#include "engine/base/csv.h"
#include "engine/base/npy_writer.h"
#include "engine/base/printable.h"
#include "engine/base/short_name.h"
#include "engine/data/masks.h"
#include "engine/data/walk.h"
#include "engine/image/png_writer.h"
#include "models/interpret/explain.h"
#include "models/interpret/pointing.h"
#include "tools/commands/data_options.h"
#include "tools/commands/device_options.h"
#include "tools/commands/image_inputs.h"
#include "tools/evaluation/predictor.h"
#include "tools/options/advice.h"
#include "tools/run/output_folder.h"
#include "tools/terminal/command_line.h"
#include "tools/terminal/console.h"
#include "tools/terminal/error_list.h"
#include "tools/terminal/progress_line.h"
#include "tools/terminal/terminal.h"
#include "tools/train/data_checks.h"
#include "tools/train/initial_weights.h"

namespace graft {
namespace {

namespace fs = std::filesystem;

// What to explain: images and, optionally, their masks.
struct Task {
  fs::path root;  // image names are relative to it
  std::vector<fs::path> images;
  std::optional<MaskFinder> masks;
  std::string a_mask;  // name of one mask, for messages
};

bool is_inside(const fs::path& inner, const fs::path& outer) {
  const fs::path i = fs::weakly_canonical(inner), o = fs::weakly_canonical(outer);
  return std::mismatch(o.begin(), o.end(), i.begin(), i.end()).first == o.end();
}

Task find_task(const ExplainOptions& o) {
  if (!fs::exists(o.images)) fail(Fault::data, "{}: no such image or folder; check the path", printable(o.images));
  const bool folder = is_folder(o.images);
  Task task{folder ? o.images : o.images.has_parent_path() ? o.images.parent_path() : ".", {}, {}, {}};
  const DataRules rules = folder ? rules_or_those_of_run(o.rules, o.run) : o.rules;
  ImageInputs found = find_inputs({o.images}, rules);
  if (!found.errors.empty()) fail(Fault::data, "{}", found.errors[0]);
  task.images = std::move(found.images);
  if (o.masks.empty()) return task;
  if (!is_folder(o.masks)) fail(Fault::data, "{}: no such folder of masks; check --masks", printable(o.masks));
  // Whether images and masks share a folder tree.
  const bool mixed = folder && is_inside(o.images, o.masks), below = folder && is_inside(o.masks, o.images);
  const FoundImages masks = walk_images(o.masks);
  task.masks.emplace(masks.files, o.masks, mixed);
  if (!masks.files.empty()) task.a_mask = printable(masks.files[0].lexically_relative(o.masks));
  if (!mixed && !below) return task;
  std::erase_if(task.images, [&](const fs::path& image) {
    const fs::path relative = image.lexically_relative(task.root);
    return is_mask_name(relative) || (!mixed && is_inside(image, o.masks));
  });
  if (task.images.empty() || task.masks->empty())
    fail(Fault::data, "{}: judging by the names, it holds only {}; put images and masks into separate folders",
         printable(o.images), task.images.empty() ? "masks" : "images");
  return task;
}

int find_class(const ModelRecord& record, const std::string& name) {
  if (name.empty()) return kPredictedClass;
  const auto found = std::find(record.classes.begin(), record.classes.end(), name);
  if (found != record.classes.end()) return int(found - record.classes.begin());
  std::string known;
  for (const std::string& c : record.classes) known += (known.empty() ? "" : ", ") + printable(c);
  fail(Fault::usage, "--class {}: the model's classes are {}", printable(name), known);
}

constexpr size_t kNamed = 5;  // listed in the note on missing masks

struct Result {
  std::string csv = "image,class,probability,predicted,peak_x,peak_y,peak,in_lesion\n";
  PointingGame pointing;
  MaskValues values;
  int maps = 0, empty = 0;
  std::vector<std::string> notes;
  std::vector<std::pair<fs::path, std::string>> errors;  // image, message
  bool refused = false;                                  // one of them is the system's, such as a full disk
  std::vector<std::string> unmasked;                     // the first images without a mask
};

// OUT/NAME without the suffix. A name that would exceed the
// limit of the file system is cut and made unique by its hash.
fs::path map_base(const fs::path& out, const fs::path& name, Result& result) {
  constexpr size_t kSuffix = 8;  // ".cam.png"
  const long longest = ::pathconf(out.c_str(), _PC_NAME_MAX);
  const std::string file = name.filename().native();
  const std::string cut = shortened(file, (longest > 0 ? size_t(longest) : kLongestFileName) - kSuffix);
  if (cut == file) return out / name;
  result.notes.push_back(fmt::format("{}: its name leaves no room for .cam.png; its map is {}.cam.png",
                                     printable(name), printable(cut)));
  return out / name.parent_path() / cut;
}

void write_files(const fs::path& base, const Explained& e) {
  std::error_code error;
  if (fs::create_directories(base.parent_path(), error); error)
    fail(Fault::resources, "{}: cannot be created: {}", printable(base.parent_path()), error.message());
  write_png(fs::path(base).concat(".cam.png"), overlay_map(e.fitted, e.map));
  write_npy(fs::path(base).concat(".cam.npy"), e.map.h, e.map.w, e.map.values);
}

// Writes the files of one image under its name relative to the input folder. If that fails although OUT itself
// can still be written, the remaining images are still processed.
void write_map(const Task& task, const ModelRecord& record, const fs::path& out, const Explained& e,
               Result& result) {
  const fs::path name = task.images[e.index].lexically_relative(task.root);
  try {
    write_files(map_base(out, name, result), e);
  } catch (const Error& error) {
    if (error.fault() != Fault::resources) throw;
    write_file(out / "maps.csv", result.csv);
    result.errors.emplace_back(task.images[e.index], with_advice(error)), result.refused = true;
    return;
  }
  const Peak peak = peak_of(e.map, record.preprocess.size);
  std::optional<bool> hit;
  if (task.masks) try {
      const std::vector<fs::path> masks = task.masks->masks_of(name);
      if (masks.empty() && result.unmasked.size() < kNamed) result.unmasked.push_back(printable(name));
      hit = record_pointing(result.pointing, result.values, masks, record.preprocess, peak);
    } catch (const Error& error) {  // a bad mask
      if (error.fault() != Fault::data) throw;
      result.errors.emplace_back(task.images[e.index], with_advice(error)), ++result.pointing.without_mask;
    }
  const auto largest = std::max_element(e.map.probs.begin(), e.map.probs.end()) - e.map.probs.begin();
  result.csv += fmt::format("{},{},{:.9g},{},{},{},{:.9g},{}\n", csv_field(name.string()),
                            csv_field(record.classes[size_t(e.map.shown)]), e.map.probs[size_t(e.map.shown)],
                            csv_field(record.classes[size_t(largest)]), peak.x, peak.y, peak.value,
                            hit ? (*hit ? "yes" : "no") : "");
  ++result.maps, result.empty += !(peak.value > 0);
}

Result explain_all(const ExplainOptions& o, const Predictor& predictor, int layer, int shown, const Task& task,
                   const fs::path& out) {
  const std::vector<fs::path>& images = task.images;
  Result result;
  ProgressLine progress("explain", int64_t(images.size()));
  predictor.explain_files(
      images, std::vector<int>(images.size(), shown), layer, o.batch,
      [&](const Explained& e) {
        write_map(task, predictor.record(), out, e, result);
        progress.update(int64_t(e.index) + 1);
      },
      [&](size_t i, const std::string& message) { result.errors.emplace_back(images[i], message); });
  return result;
}

void print_pointing(const Result& r, const Task& task) {
  print_out("{}\n", describe(r.pointing));
  if (r.pointing.without_mask == r.maps && r.maps > 0)
    print_note("no mask matches: images have names like {}, masks like {}",
               printable(task.images[0].lexically_relative(task.root)),
               task.a_mask.empty() ? "(none)" : task.a_mask);
  else if (!r.unmasked.empty())
    print_note("without a mask: {}{}", fmt::join(r.unmasked, ", "),
               size_t(r.pointing.without_mask) > r.unmasked.size() ? ", ..." : "");
  if (!r.values.dark.empty())
    print_note("masks with two values below 128: the larger one is taken as the lesion; the first: {}",
               r.values.dark);
  if (!r.values.unclear.empty())
    print_note(
        "masks of several values below 128 are ignored, since the value of the lesion is ambiguous; the "
        "first: {}",
        r.values.unclear);
}

int run_explain(const ExplainOptions& o) {
  const Predictor predictor(o.run, {o.compute, {}}, side_console());
  print_info("{}\n{}\n", describe_device(o.compute, predictor.device().backend()),
             describe_precision(predictor.device()));
  const int layer = find_conv(predictor.model(), o.layer), shown = find_class(predictor.record(), o.shown);
  const Task task = find_task(o);
  check_depth_of_inputs(task.images, predictor.record().preprocess, side_console());
  const fs::path out = output_folder(o.out, model_folder(o.run) / "explain");
  const Result r = explain_all(o, predictor, layer, shown, task, out);
  const std::string& name = predictor.model().layers()[layer].name;
  write_file(out / "maps.csv", r.csv);
  nlohmann::json facts = {{"layer", name}, {"maps", r.maps}, {"empty", r.empty}, {"images", printable(o.images)}};
  if (!o.masks.empty()) facts["pointing"] = to_json(r.pointing);
  write_file(out / "explain.json", dump(facts));
  print_out("{} Grad-CAM maps at {}: {}\n", r.maps, name, printable(out));
  if (r.empty)
    print_out(
        "{} of them are empty: no positive evidence for the class at this layer; overlays show the image alone\n",
        r.empty);
  if (task.masks) print_pointing(r, task);
  for (const std::string& note : r.notes) print_note("{}", note);
  ErrorList errors;
  for (const auto& [image, error] : r.errors) errors.tell(image, error);
  errors.end();
  if (r.refused) return static_cast<int>(Fault::resources);
  return r.errors.empty() ? 0 : static_cast<int>(Fault::data);
}

constexpr const char* kAbout = R"(
Writes NAME.cam.png (the image as the model saw it, overlaid with the map) and NAME.cam.npy (the raw map) for each
image, maps.csv and explain.json. A map shows what the model used. Evidence on the lesion does not make a prediction
correct, and evidence elsewhere may be the most useful finding.)";

}  // namespace

void add_explain_command(CLI::App& app, int& exit_code) {
  CLI::App& c = *app.add_subcommand("explain", "Show where in an image a model sees its class (Grad-CAM)");
  auto o = std::make_shared<ExplainOptions>();
  c.footer(kAbout);
  c.add_option("RUN", o->run, "run folder, or a model.h5")->required();
  c.add_option("IMAGES", o->images, "an image, or a folder of images")->required();
  c.add_option("--layer", o->layer, "a convolution, such as block4_conv3 (default: the last)");
  c.add_option("--class", o->shown, "the class to explain (default: the predicted class of each image)");
  c.add_option("--masks", o->masks,
               "folder of masks (white: the lesion), named like the images or NAME_mask, NAME_segmentation, ...; "
               "several masks of one image are merged");
  add_data_rules(c, o->rules);
  c.add_option("--out", o->out, "output folder (default: the next free RUN/explain/N)");
  c.add_option("--batch", o->batch, "batch size")->capture_default_str()->check(CLI::Range(1, 65536));
  add_compute_options(c, o->compute);
  c.callback([o, &exit_code] { exit_code = run_explain(*o); });
}

}  // namespace graft
