// vgg-finetune augment: draws a contact sheet of augmented training images. The views are those that training
// with the same seed would use in its first passes.

#include "engine/base/printable.h"
#include "engine/data/loader.h"
#include "engine/image/depth.h"
#include "engine/image/png_writer.h"
#include "kernels/api/error.h"
#include "tools/commands/data_options.h"
#include "tools/commands/option_flags.h"
#include "tools/commands/options.h"
#include "tools/options/advice.h"
#include "tools/terminal/command_line.h"
#include "tools/terminal/progress_line.h"
#include "tools/terminal/terminal.h"

namespace graft {
namespace {

constexpr int kGap = 4;  // white pixels between pictures

// Evenly spaced, so that every class is represented.
std::vector<int> choose_samples(const Dataset& data, int count) {
  const int all = static_cast<int>(data.train.size());
  std::vector<int> chosen;
  for (int i = 0; i < std::min(count, all); ++i) chosen.push_back(static_cast<int>(int64_t{i} * all / count));
  return chosen;
}

void place(const Image& picture, int row, int column, Image& sheet) {
  for (int y = 0; y < picture.h; ++y) {
    const auto from = picture.rgb.begin() + int64_t{3} * picture.w * y;
    const int64_t to =
        (int64_t{row} * (picture.h + kGap) + kGap + y) * sheet.w + int64_t{column} * (picture.w + kGap) + kGap;
    std::copy(from, from + int64_t{3} * picture.w, sheet.rgb.begin() + 3 * to);
  }
}

void draw_row(const AugmentOptions& o, const Augment& augment, const Preprocess& preprocess,
              const std::filesystem::path& path, int sample, int row, Image& sheet) {
  const Image original = read_image(path, preprocess);
  place(original, row, 0, sheet);
  for (int pass = 0; pass < o.views; ++pass) {
    const View view = draw_view(augment, o.seed, uint64_t(pass), uint64_t(sample));
    place(apply_view(original, view, augment.fill), row, 1 + pass, sheet);
    print_out("  view {}: {}\n", pass + 1, describe(view));
  }
}

int run_augment(const AugmentOptions& o) {
  const Augment augment = parse_augment(o.augment);
  if (std::filesystem::exists(std::filesystem::symlink_status(o.out)))
    fail(Fault::usage, "{}: already exists; name another file, or remove it first", printable(o.out));
  Preprocess preprocess = preprocess_preset(o.preprocess, o.image_size);
  preprocess.levels = o.levels, preprocess.exif = o.exif;
  const Dataset data = scan_dataset(o.data, o.rules);
  for (const Note& note : data.notes) print_note("{}", with_advice(note));
  for (const Note& warning : data.warnings) print_out("warning: {}\n", with_advice(warning));
  const std::vector<int> samples = choose_samples(data, o.images);
  Image sheet{(1 + o.views) * (o.image_size + kGap) + kGap, int(samples.size()) * (o.image_size + kGap) + kGap, {}};
  if (int64_t{sheet.w} * sheet.h > kMaxImagePixels)
    fail(Fault::usage,
         "a sheet of {} x {} pixels is too large; use fewer --images or --views, or a smaller --image-size",
         sheet.w, sheet.h);
  sheet.rgb.assign(size_t{3} * size_t(sheet.w) * size_t(sheet.h), 255);

  print_out("augmentation: {}\neach row: the image as the network would see it, then {} views\n", describe(augment),
            o.views);
  std::vector<std::string> errors;
  ProgressLine progress("augment", int64_t(samples.size()));
  for (size_t row = 0; row < samples.size(); progress.update(int64_t(++row))) {
    const Sample& sample = data.train[static_cast<size_t>(samples[row])];
    print_out("row {}: {}\n", row + 1, printable(sample.path));
    try {
      draw_row(o, augment, preprocess, sample.path, samples[row], int(row), sheet);
    } catch (const Error& e) {
      if (e.fault() != Fault::data) throw;
      errors.push_back(with_advice(e));
      print_out("  cannot be read; left white\n");
    }
  }
  if (errors.size() == samples.size())
    fail(Fault::data, "none of these {} images can be read; the first: {}", errors.size(), errors[0]);
  write_png(o.out, sheet);
  print_out("{}: {} x {} pixels\n", printable(o.out), sheet.w, sheet.h);
  for (const std::string& error : errors) print_error("vgg-finetune: {}\n", error);
  return errors.empty() ? 0 : static_cast<int>(Fault::data);
}

}  // namespace

void add_augment_command(CLI::App& app, int& exit_code) {
  CLI::App& c = *app.add_subcommand("augment", "Show what an augmentation does to your images, as one PNG");
  auto o = std::make_shared<AugmentOptions>();
  c.add_option("DATA", o->data, "folder with train/<class>/*")->required();
  add_data_rules(c, o->rules), add_labels(c, o->rules);
  c.add_option("--out", o->out, "the PNG file to write; it must not exist")->required();
  c.add_option(
       "--augment", o->augment,
       "keras-generator or medical-gentle, optionally with changes, as in keras-generator,rotation=40,fill=black; "
       "keys: flip-horizontal, flip-vertical, rotation (degrees), shift, zoom, keep-aspect, brightness, "
       "contrast, crop (smallest fraction of the area), fill (nearest, reflect, black)")
      ->capture_default_str();
  c.add_option("--images", o->images, "rows")->capture_default_str()->check(CLI::Range(1, 1000));
  c.add_option("--views", o->views, "views per image")->capture_default_str()->check(CLI::Range(1, 1000));
  c.add_option("--image-size", o->image_size, "side of each picture")->capture_default_str();
  c.add_option("--preprocess", o->preprocess, "how an image is fitted: keras-caffe, torchvision or tutorial")
      ->capture_default_str();
  add_depth_options(c, o->levels);
  add_option(c, find_option("--exif"), [o](const std::string& text) { o->exif = parse_exif(text); });
  c.add_option("--seed", o->seed, "seed of the views")->capture_default_str();
  c.callback([o, &exit_code] { exit_code = run_augment(*o); });
}

}  // namespace graft
