// Progress lines in a log file: when they are written, what they contain, and --quiet.
#include <doctest/doctest.h>

#include <algorithm>
#include <thread>

#include "tests/cli/cli_fixture.h"
#include "tests/support/captured.h"
#include "tools/terminal/progress_line.h"
#include "tools/terminal/terminal.h"

using namespace graft;
namespace fs = std::filesystem;

namespace {

int lines_of(const std::string& text) { return int(std::count(text.begin(), text.end(), '\n')); }

// Captures standard error in a file; now() returns its contents so far.
struct Errors : Scratch {
  fs::path file = path() / "stderr";
  std::string now() const { return slurp(file); }
  void wait_for(const std::string& words) const {  // without a timeout
    while (!has(now(), words)) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
};
template <class F>
std::string errors_of(const F& work) {
  const Errors errors;
  {
    const Redirected redirected(stderr, errors.file);
    work(errors);
  }
  return errors.now();
}

struct Settings {
  Settings() : before(terminal()) {}
  ~Settings() { terminal() = before; }
  Terminal before;
};

struct Fixture : CliFixture {
  Fixture() : CliFixture({"a", "b"}, 6) {}
  // Returns the two streams of a command, separately.
  std::pair<std::string, std::string> streams(const std::string& command) const {
    const Run run = shell("vgg-finetune " + command + " > " + at("out") + " 2> " + at("err"));
    CAPTURE(command);
    CHECK_MESSAGE(run.code == 0, slurp(at("out")), slurp(at("err")));
    return {slurp(at("out")), slurp(at("err"))};
  }
};

}  // namespace

TEST_CASE("progress: share, rate and time left") {
  const ProgressOptions images;
  CHECK(progress_line("frozen layers, training images", 300, 900, images, 300 / 5.1) ==
        "frozen layers, training images: 300 of 900 (33 %), 5.1 images/s, 1 min 58 s left");
  CHECK(progress_line("test", 0, 900, images, 2) == "test: 0 of 900 (0 %)");
  CHECK(progress_line("test", 899, 900, images, 89.9) == "test: 899 of 900 (99 %), 10.0 images/s, 0.1 s left");
  CHECK(progress_line("test", 0, 0, images, 2) == "test: 0 of 0 (100 %)");
  CHECK(progress_line("epoch 2/3", 60, 100, {.unit = "steps", .first = 50}, 200, "loss 0.5") ==
        "epoch 2/3: 60 of 100 (60 %), 0.05 steps/s, 13 min 20 s left, loss 0.5");
}

TEST_CASE("progress: lines are written at intervals, whether or not an item is finished") {
  const Settings settings;
  terminal() = {.quiet = false, .progress_seconds = 0.001};
  errors_of([](const Errors& errors) {
    const ProgressLine progress("one large batch", 900);
    errors.wait_for("one large batch: 0 of 900 (0 %)\none large batch: 0 of 900 (0 %)\n");
  });
  errors_of([](const Errors& errors) {  // the first line is due after the interval, if that is sooner
    ProgressLine progress("epoch", 10, {.unit = "steps", .first = 0, .first_line = 1e9});
    progress.update(5);
    errors.wait_for("epoch: 5 of 10 (50 %)");
  });
  terminal().progress_seconds = 1e9;  // or after its own delay
  errors_of([](const Errors& errors) {
    const ProgressLine progress("test", 10, {.first_line = 0.001});
    errors.wait_for("test: 0 of 10 (0 %)\n");
  });
}

TEST_CASE("progress: no line if the work ends before the first is due, and none with --quiet") {
  const Settings settings;
  const auto ten_items = [](const Errors&) {
    ProgressLine progress("test", 10, {.first_line = 1e9});
    for (int i = 1; i <= 10; ++i) progress.update(i);
  };
  terminal() = {.quiet = false, .progress_seconds = 1e9};
  CHECK(errors_of(ten_items) == "");
  CHECK(ProgressOptions().first_line == 2);
  CHECK(Terminal().progress_seconds == 30);
  terminal() = {.quiet = true, .progress_seconds = 0};  // a line would be due at each update
  CHECK(errors_of(ten_items) == "");
  terminal().quiet = false;
  CHECK(lines_of(errors_of(ten_items)) >= 10);
}

TEST_CASE_FIXTURE(Fixture, "quiet: every command prints only results and warnings") {
  fs::create_directories(data / "val");
  fs::copy(data / "test", data / "val", fs::copy_options::recursive);  // copies, which train warns of
  std::ofstream(data / "train/readme.txt") << "train prints a note on it";
  const std::string run = at("run"), options = tiny("--epochs 2") + "--out " + run;
  const auto [loud, also_loud] = streams("train " + data.string() + options);
  for (const char* words : {"note: ", "device: ", "epoch 2/2", "warning: "}) CHECK_MESSAGE(has(loud, words), loud);
  fs::remove_all(run);
  const auto [out, err] = streams("train " + data.string() + options + " --quiet --progress 0.001");
  CHECK(err == "");
  for (const char* words : {"warning: ", "  accuracy", "report: ", "model: "}) CHECK_MESSAGE(has(out, words), out);
  for (const char* words :
       {"note: ", "device: ", "precision: ", "epoch 2/2", "frozen", "removed: ", "preprocessing"})
    CHECK_FALSE_MESSAGE(has(out, words), out);
  for (const std::string& command :
       {"eval " + run + " " + data.string() + " --split train",
        "predict " + run + " " + data.string() + "/test/a/image0.png",
        "explain " + run + " " + data.string() + "/test/a/image0.png", "report " + run,
        "probe " + data.string() + " --model vgg-tiny --weights none --image-size 32" + " --out " + at("probe"),
        "trace " + run + " " + data.string(), "weights inspect " + run + "/model.h5",
        "split " + data.string() + " --out " + at("split")}) {
    const auto [result, nothing] = streams(command + " --quiet");
    CHECK(nothing == "");
    CHECK(result != "");
    for (const char* words : {"note: ", "device: "}) CHECK_FALSE_MESSAGE(has(result, words), result);
  }
}

TEST_CASE_FIXTURE(Fixture, "progress: every long phase reports on stderr, short ones do not") {
  const std::string often = " --progress 0.001 --threads 1 ", run = at("run");
  fs::create_directories(data / "val");
  fs::copy(data / "test", data / "val", fs::copy_options::recursive);
  const auto [out, err] = streams("train " + data.string() + tiny("--image-size 320 --batch 2 --unfreeze block5") +
                                  often + "--out " + run);
  for (const char* phase :
       {"frozen layers, training images: ", "frozen layers, validation images: ", "test: ", " images/s, ", " left"})
    CHECK_MESSAGE(has(err, phase), phase, err);
  // On any machine a step through the whole trunk takes longer than the interval between lines.
  const auto [ignored, steps] = streams(
      "train " + data.string() + tiny("--image-size 128 --batch 2 --unfreeze all") + often + "--out " + at("all"));
  for (const char* phase : {"epoch 1/1: ", " steps/s, "}) CHECK_MESSAGE(has(steps, phase), phase, steps);
  CHECK(has(out, "epoch 1/1  loss"));
  CHECK_FALSE(has(out, " left"));
  const std::string images = (data / "test").string();
  for (const auto& [command, phase] : std::vector<std::pair<std::string, std::string>>{
           {"eval " + run + " " + data.string(), "eval: "},
           {"predict " + run + " " + images + "/a/*.png " + images + "/b/*.png --batch 2 --json", "predict: "},
           {"explain " + run + " " + images, "explain: "},
           {"probe " + data.string() + " --model vgg-tiny --weights none --image-size 64 --out " + at("probe"),
            "frozen layers, training images: "}}) {
    const auto [result, progress] = streams(command + often);
    CHECK_MESSAGE(has(progress, phase), command, progress);
    CHECK_FALSE_MESSAGE(has(result, " left"), result);
  }
  for (const std::string& command :
       {"check " + (data / "train").string() + " --near -1 --threads 1 --progress 0.001",
        "split " + data.string() + " --out " + at("split") + " --progress 0.001"})
    streams(command);  // they accept the option
  for (const std::string& command :
       {"eval " + run + " " + data.string(), "predict " + run + " " + images + "/a/image0.png"})
    CHECK(streams(command).second == "");
}
