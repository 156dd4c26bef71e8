// train, eval and split on realistic folders: sidecar files, masks, unreadable classes, conflicting labels.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "tests/support/faulty_dataset.h"
#include "tests/support/program.h"
#include "tests/support/words.h"

namespace graft::test {
namespace {

namespace fs = std::filesystem;

struct Fixture : FaultyDataset {
  fs::path data = path() / "data";
  std::string run = (path() / "run").string();
  Fixture() {
    for (const char* split : {"train", "test"})
      for (int i = 0; i < 8; ++i) {
        const std::string name = std::string(split) + (i % 2 ? "/b/" : "/a/") + std::to_string(i) + ".png";
        image(name, uint64_t(split[1] * 100 + i));
      }
  }
  Run train(const std::string& options = "") const {
    fs::remove_all(run);
    return shell("vgg-finetune train " + data.string() + tiny(options) + "--threads 1 --out " + run);
  }
  nlohmann::json json(const std::string& name) const { return nlohmann::json::parse(slurp(fs::path(run) / name)); }
};

int lines_with(const std::string& text, const std::string& part) {
  std::istringstream lines(text);
  int count = 0;
  for (std::string line; std::getline(lines, line);) count += line.find(part) != line.npos;
  return count;
}

}  // namespace

TEST_CASE_FIXTURE(Fixture, "weights, counts and steps are those of readable images; long lists are shortened") {
  for (int i = 0; i < 30; ++i) file("train/a/outline" + std::to_string(i) + ".pts", "outline " + std::to_string(i));
  file("train/b/cut.png", bytes("train/b/1.png").substr(0, 200)).file("test/b/empty.jpg", "");
  const Run r = train("--class-weights balanced --batch 4 --epochs 2");
  CHECK(r.code == 0);
  says(r.output, "warning: 32 of 48 files cannot be read, the first: train/a/outline0.pts: not an image");
  says(r.output, "30 x not an image");
  says(r.output, "train 8 (a 4, b 4)");
  says(r.output, "test  8 (a 4, b 4)");
  CHECK(lines_with(r.output, "outline") <= 12);
  says(r.output, "and 22 more; summary.json lists all");
  CHECK(json("config.json").at("training").at("class_weight_values") == std::vector<double>{1, 1});
  CHECK(json("summary.json").at("set_aside").size() == 32);
  CHECK(json("metrics.json").at("set_aside") == 1);
  CHECK(lines_with(slurp(fs::path(run) / "history.csv"), ",2,") == 2);  // two steps per epoch
  CHECK(slurp(fs::path(run) / "report.html").find("<svg") != std::string::npos);
  const Run strict = train("--on-bad-image fail");
  CHECK(strict.code == 3);
  says(strict.output, "train/a/outline0.pts: not an image");
}

TEST_CASE_FIXTURE(Fixture, "a class without a readable image stops train and probe before any work") {
  for (int i = 0; i < 3; ++i)
    file("train/c/" + std::to_string(i) + ".png", std::string("RIFF\x10\0\0\0WEBPVP8 ", 16));
  const Run r = train();
  CHECK(r.code == 3);
  says(r.output, "the class 'c' has no training image, since not one of its 3 files can be read: 3 x a WebP image");
  CHECK(!fs::exists(run));
  CHECK(shell("vgg-finetune probe " + data.string() + " --model vgg-tiny --weights none --image-size 32").code ==
        3);
  const Run without = train("--exclude c");
  CHECK(without.code == 0);
  says(without.output, "warning: " + data.string() + "/train: the class 'c' is left out, with all its files");
  CHECK(json("config.json").at("training").at("exclude") == std::vector<std::string>{"c"});
  for (const auto& test : fs::directory_iterator(at("test/b"))) std::ofstream(test.path()) << "no image";
  says(train("--exclude c").output, "warning: none of the 4 test images of the class 'b' can be read");
}

TEST_CASE_FIXTURE(Fixture, "masks cause a warning; eval and a resumed run exclude what train excluded") {
  for (const char* split : {"train", "test"})
    for (int i = 0; i < 8; ++i) {
      Image mask{64, 64, std::vector<uint8_t>(64 * 64 * 3, 0)};
      for (int p = 0; p < 3 * 64 * (10 + i); ++p) mask.rgb[p] = 255;
      image(std::string(split) + (i % 2 ? "/b/" : "/a/") + std::to_string(i) + "_seg.png", mask);
    }
  const Run warned = train();
  CHECK(warned.code == 0);
  says(warned.output, "warning: 16 of 32 files look like masks of other images");
  says(warned.output, "--exclude '*_seg.*'");
  says(shell("vgg-finetune check " + data.string()).output, "warning: 1 x masks");
  const Run r = train("--exclude '*_seg.*'");
  CHECK(r.code == 0);
  CHECK(r.output.find("warning") == std::string::npos);
  says(r.output, "train 8 (a 4, b 4)");
  const Run same = shell("vgg-finetune eval " + run + " " + data.string() + " --threads 1");
  says(same.output, "8 images");
  says(same.output, "files are left out as in the run: --exclude *_seg.*");
  says(shell("vgg-finetune eval " + run + " " + data.string() + " --only '*' --threads 1").output, "16 images");
  CHECK(shell("vgg-finetune train --resume " + run + " --exclude x").code == 2);
}

TEST_CASE_FIXTURE(Fixture, "patterns with a slash exclude the same files if a part of the folder is given") {
  for (int i = 0; i < 4; ++i) image("test/a/old/" + std::to_string(i) + ".png", uint64_t(900 + i));
  REQUIRE(train("--exclude 'test/a/old'").code == 0);
  for (const char* below : {"", "/test", "/test/../test/"}) {
    CAPTURE(below);
    const Run r = shell("vgg-finetune eval " + run + " " + data.string() + below + " --threads 1");
    says(r.output, "8 images");
    CHECK(r.output.find("matches no file") == r.output.npos);
  }
  const Run all =
      shell("cd " + data.string() + "/test && vgg-finetune predict " + run + " a --csv 2>/dev/null | wc -l");
  says(all.output, "5");
  const Run nothing = shell("vgg-finetune predict " + run + " " + data.string() + "/test/a/old");
  CHECK(nothing.code == 3);
  says(nothing.output, "the patterns of the run leave nothing of it; --only '*' takes all");
  fs::copy(at("test"), path() / "elsewhere", fs::copy_options::recursive);
  const Run elsewhere = shell("vgg-finetune eval " + run + " " + (path() / "elsewhere").string() + " --threads 1");
  says(elsewhere.output, "12 images");
  says(elsewhere.output, "note: the run's pattern test/a/old matches no file here; it is one of --exclude");
}

TEST_CASE_FIXTURE(Fixture,
                  "probe names files of a relative folder; augment and trace report patterns that match nothing") {
  for (int i = 0; i < 3; ++i) file("train/a/bad" + std::to_string(i) + ".png", "no image");
  const std::string in = "cd " + path().string() + " && ";
  const Run probe =
      shell(in + "vgg-finetune probe data/ --model vgg-tiny --weights none --image-size 32 --folds 2");
  says(probe.output, "3 of 11 files cannot be read, the first: train/a/bad0.png: not an image");
  says(probe.output, "the first: train/a/bad0.png)");
  says(shell(in + "vgg-finetune augment data --exclude nothing --images 2 --views 1 --out sheet.png").output,
       "warning: the pattern nothing matches no file");
  REQUIRE(train().code == 0);
  for (const std::string command : {"eval ", "trace "})
    says(shell("vgg-finetune " + command + run + " " + data.string() + " --exclude nothing --threads 1").output,
         "warning: the pattern nothing matches no file");
}

TEST_CASE_FIXTURE(Fixture, "files under two labels stop split and are reported by train") {
  copy("train/a/0.png", "train/b/copy.png").copy("test/a/2.png", "test/b/copy.png");
  const Run r = train();
  CHECK(r.code == 0);
  says(r.output, "warning: 2 images are listed under two labels (the first: test/a/2.png = test/b/copy.png)");
  const Run split = shell("vgg-finetune split " + data.string() + " --out " + (path() / "s").string());
  CHECK(split.code == 3);
  says(split.output, "2 images are there under two labels (the first: test/a/2.png = test/b/copy.png)");
  CHECK(!fs::exists(path() / "s"));
  CHECK(
      shell("vgg-finetune split " + data.string() + " --exclude copy.png --out " + (path() / "s").string()).code ==
      0);
}

TEST_CASE_FIXTURE(Fixture, "split refuses a single class, and class names that differ only in spelling") {
  const auto split = [&](const std::string& options) {
    return shell("vgg-finetune split " + data.string() + " --dry-run --out " + (path() / "s").string() + options);
  };
  const Run one = split(" --only a");
  CHECK(one.code == 3);
  says(one.output, "images of one class only ('a')");
  image("test/A/9.png", 900);  // pooled with train's a
  const Run two = split("");
  CHECK(two.code == 3);
  says(two.output, "'A' and 'a' (bytes 41 and 61)");
}

}  // namespace graft::test
