// draw-phantoms: draws a small labelled data set, so that everything can be tried without further downloads.

#include "kernels/api/error.h"
#include "tools/phantoms/phantom.h"
#include "tools/terminal/command_line.h"
#include "tools/terminal/failure.h"
#include "tools/terminal/terminal.h"

namespace {

int draw(int argc, char** argv) {
  graft::PhantomSet set;
  std::string out;
  graft::CLI::App app(
      "Draws phantom head slices without a lesion or with one of three kinds, and the masks of the lesions.\n"
      "They show no patient, and are for demonstrations and tests only.",
      "draw-phantoms");
  app.add_option("OUT", out, "folder to create: OUT/train/CLASS, OUT/test/CLASS, OUT/masks/...")->required();
  app.add_option("--train", set.train, "images for training, all classes together")->capture_default_str();
  app.add_option("--test", set.test, "images for testing, all classes together")->capture_default_str();
  app.add_option("--seed", set.seed, "the same seed draws the same images")->capture_default_str();
  app.add_option("--size", set.size, "side length in pixels")->capture_default_str();
  if (const auto ended = app.parse(argc, argv)) return *ended ? static_cast<int>(graft::Fault::usage) : 0;
  graft::write_phantom_set(out, set);
  graft::print_out("{}: {} images for training and {} for testing, in {} classes\n", out, set.train, set.test,
                   graft::kLesionNames.size());
  graft::require_output();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (!graft::open_standard_streams()) return static_cast<int>(graft::Fault::resources);
  try {
    return draw(argc, argv);
  } catch (const std::exception& e) {
    const graft::Error failure = graft::failure_of(e);
    graft::print_error("draw-phantoms: {}\n", failure.what());
    return static_cast<int>(failure.fault());
  }
}
