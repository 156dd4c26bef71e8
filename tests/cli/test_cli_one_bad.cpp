// One bad item does not stop the others; and the advice of error messages works.
#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>

#include "tests/cli/cli_fixture.h"

using namespace graft;
namespace fs = std::filesystem;

namespace {

struct Fixture : CliFixture {
  fs::path run = scratch.path() / "run", out = scratch.path() / "out";
  Fixture() : CliFixture({"a", "b"}, 4) {}
  void train() const {
    const Run trained = CliFixture::train("run");
    REQUIRE_MESSAGE(trained.code == 0, trained.output);
  }
  fs::path image() const { return data / "test/a/image0.png"; }
};

const fs::perms kNoWrite = fs::perms(0555);

// Prefix that runs a command as a user without root's permissions; empty if that is not possible here.
std::string as_nobody(const fs::path& scratch) {
  fs::permissions(scratch, fs::perms::all);
  if (geteuid() != 0) return "env ";
  const std::string become = "setpriv --reuid=65534 --regid=65534 --clear-groups ";
  const bool can = shell(become + "vgg-finetune --version").code == 0;
  if (!can) MESSAGE("skipped: no other user can run the program here");
  return can ? become : "";
}

}  // namespace

TEST_CASE_FIXTURE(Fixture, "explain: names too long for a suffix, and outputs that cannot be written") {
  train();
  const fs::path images = scratch.path() / "images";
  fs::create_directories(images / "x.cam.png");
  const std::string longest = std::string(125, 'n') + "\xC3\xA9" + std::string(124, 'm') + ".png";  // 255 bytes
  for (const char* end : {"1", "2"}) fs::copy_file(image(), images / (longest.substr(1) + end));
  fs::copy_file(image(), images / "plain.png");
  fs::copy_file(image(), images / "x");  // its map would have the name of a folder
  fs::copy_file(image(), images / "x.cam.png/inside.png");
  std::ofstream(images / "broken.png") << "no image";
  const Run explained =
      shell("vgg-finetune explain " + run.string() + " " + images.string() + " --out " + out.string());
  CHECK(explained.code == 5);
  says(explained, "4 Grad-CAM maps");
  says(explained, "leaves no room for .cam.png");
  says(explained, "broken.png");
  says(explained, "x.cam.png");
  int maps = 0;
  for (const auto& entry : fs::recursive_directory_iterator(out))
    maps += entry.is_regular_file() && entry.path().native().ends_with(".cam.npy");
  CHECK(maps == 4);
  const std::string csv = slurp(out / "maps.csv");
  CHECK(std::count(csv.begin(), csv.end(), '\n') == 5);
}

TEST_CASE_FIXTURE(Fixture, "explain: an unreadable mask only excludes its image from the pointing game") {
  train();
  fs::create_directories(scratch.path() / "masks/a");
  std::ofstream(scratch.path() / "masks/a/image0.png") << "no image";
  const Run explained = shell("vgg-finetune explain " + run.string() + " " + (data / "test").string() +
                              " --masks " + (scratch.path() / "masks").string() + " --out " + out.string());
  CHECK(explained.code == 3);
  says(explained, "masks/a/image0.png: not an image");
  says(explained, "4 Grad-CAM maps");
  // A damaged explain.json does not stop the report.
  fs::create_directories(run / "explain/1");
  std::ofstream(run / "explain/1/explain.json") << "{";
  const Run report = shell("vgg-finetune report " + run.string());
  CHECK(report.code == 0);
  says(report, "the report omits it");
}

TEST_CASE_FIXTURE(Fixture, "augment: the row of an unreadable image is white") {
  std::ofstream(data / "train/a/image0.png") << "no image";
  const std::string augment = "vgg-finetune augment " + data.string() + " --image-size 32 --views 1 ";
  const Run drawn = shell(augment + "--images 4 --out " + out.string());
  CHECK(drawn.code == 3);
  says(drawn, "row 4: ");
  says(drawn, "image0.png: not an image");
  CHECK(decode_image(out).w == 2 * 36 + 4);
  const Run none = shell(augment + "--images 1 --out " + out.string() + "2");
  CHECK(none.code == 3);
  CHECK_FALSE(fs::exists(out.string() + "2"));
}

TEST_CASE_FIXTURE(Fixture, "advice for a read-only folder works there") {
  for (const char* name : {"train", "test"})
    fs::rename(data / name, data / (std::string(name) == "train" ? "Training" : "Testing"));
  const std::string nobody = as_nobody(scratch.path());
  if (nobody.empty()) return;
  const auto split = [&] {
    return shell(nobody + "vgg-finetune split " + data.string() + " --out " + out.string());
  };
  fs::permissions(data, fs::perms::all);
  says(split(), "ln -s Testing test && ln -s Training train");
  fs::permissions(data, kNoWrite);
  const Run refused = split();
  CHECK(refused.code == 3);
  says(refused, "cannot be written");
  const size_t at = refused.output.find("mkdir NEW");
  REQUIRE(at != refused.output.npos);
  const std::string commands = refused.output.substr(at, refused.output.find('\n', at) - at);
  REQUIRE(shell("cd " + scratch.path().string() + " && " + commands).code == 0);
  const Run trained = shell(nobody + "vgg-finetune train " + (scratch.path() / "NEW").string() + tiny("") +
                            "--out " + run.string());
  CHECK_MESSAGE(trained.code == 0, trained.output);

  // A read-only run.
  fs::permissions(run, kNoWrite);
  says(shell(nobody + "vgg-finetune train --resume " + run.string()), "a copy of the run");
  CHECK(shell(nobody + "vgg-finetune report " + run.string()).code == 5);
  const Run report = shell(nobody + "vgg-finetune report " + run.string() + " --out " + out.string());
  CHECK_MESSAGE(report.code == 0, report.output);
  for (const fs::path& folder : {data, run})
    fs::permissions(folder, fs::perms::all);  // so that they can be removed
}

TEST_CASE_FIXTURE(Fixture, "a cache that cannot be created is an error with alternatives") {
  const std::string nobody = as_nobody(scratch.path());
  if (nobody.empty()) return;
  fs::create_directories(scratch.path() / "cache");
  fs::permissions(scratch.path() / "cache", kNoWrite);
  const Run named = shell(nobody + "vgg-finetune train " + data.string() + tiny("--cache file") + "--cache-dir " +
                          (scratch.path() / "cache/features").string() + " --out " + run.string());
  CHECK(named.code == 5);
  says(named, "choose another --cache-dir, or --cache off");
  fs::permissions(scratch.path() / "cache", fs::perms::all);
}
