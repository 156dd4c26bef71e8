// explain from outside: overlays, raw maps, folders, masks, and what it refuses.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "tests/npy.h"
#include "tests/program.h"
#include "tests/scratch.h"

using namespace graft;
namespace fs = std::filesystem;

namespace {

struct Trained {
  Scratch scratch;
  fs::path data = scratch.path() / "data", run = scratch.path() / "run", out = scratch.path() / "out";
  Trained() {
    draw_stripes(data, {"a, \"b\"", "\xE8\x85\xA6"}, 4);
    const Run trained =
        shell("vgg-finetune train " + data.string() + tiny("--unfreeze all") + "--out " + run.string());
    REQUIRE_MESSAGE(trained.code == 0, trained.output);
  }
  Run explain(const std::string& options) const {
    return shell("vgg-finetune explain " + run.string() + " " + options + " --out " + out.string());
  }
};

}  // namespace

TEST_CASE_FIXTURE(Trained, "explain: a folder, any convolution, one class") {
  const Run all = explain((data / "test").string() + " --layer block3_conv1 --class \xE8\x85\xA6");
  REQUIRE_MESSAGE(all.code == 0, all.output);
  CHECK(all.output.find("4 Grad-CAM maps at block3_conv1") != all.output.npos);
  const fs::path one = out / "\xE8\x85\xA6/image0.png";
  const Image overlay = decode_image(fs::path(one).concat(".cam.png"));
  CHECK(overlay.w == 32);
  const test::Npy map = test::read_npy(fs::path(one).concat(".cam.npy"));
  CHECK(map.shape == Shape{8, 8});
  for (double v : map.values) CHECK(v >= 0);
  const std::string csv = slurp(out / "maps.csv");
  CHECK(std::count(csv.begin(), csv.end(), '\n') == 5);
  CHECK(csv.find("\"a, \"\"b\"\"/image1.png\",\xE8\x85\xA6,") != csv.npos);
}

TEST_CASE_FIXTURE(Trained, "explain: masks say whether the peaks lie inside") {
  const fs::path masks = scratch.path() / "masks", folder = masks / "a, \"b\"";
  fs::create_directories(folder);
  for (const auto& [name, grey] :
       {std::pair{"image0.png", 255}, std::pair{"image1.png", 0}})                         // everything, nothing
    write_png(folder / name, {40, 36, std::vector<uint8_t>(40 * 36 * 3, uint8_t(grey))});  // the others: no mask
  const Run run_all = explain((data / "test").string() + " --masks " + masks.string());
  REQUIRE_MESSAGE(run_all.code == 0, run_all.output);
  const auto pointing = nlohmann::json::parse(slurp(out / "explain.json")).at("pointing");
  CHECK(pointing.at("lesions") == 1);
  CHECK(pointing.at("hits").get<int>() + pointing.at("empty_maps").get<int>() == 1);
  CHECK(pointing.at("area") == 1.0);
  CHECK(pointing.at("without_lesion") == 1);
  CHECK(pointing.at("without_mask") == 2);
  fs::remove_all(out);
  fs::remove_all(folder);
  const Run none = explain((data / "test").string() + " --masks " + masks.string());
  CHECK(none.code == 0);
  CHECK(none.output.find("there is nothing to measure") != none.output.npos);
  CHECK(none.output.find("4 images have no mask") != none.output.npos);
  CHECK(none.output.find("0 of 0") == none.output.npos);
}

TEST_CASE_FIXTURE(Trained, "explain: one image, broken images, bad options") {
  write_png(scratch.path() / "one.png", {9, 7, std::vector<uint8_t>(9 * 7 * 3, 77)});
  CHECK(explain((scratch.path() / "one.png").string()).code == 0);
  CHECK(fs::exists(out / "one.png.cam.npy"));
  CHECK(explain((scratch.path() / "one.png").string()).code == 2);  // nothing is overwritten
  fs::remove_all(out);
  std::ofstream(data / "test/broken.png") << "no image";
  const Run broken = explain((data / "test").string());
  CHECK(broken.code == 3);
  CHECK(broken.output.find("broken.png") != broken.output.npos);
  CHECK(broken.output.find("4 Grad-CAM maps") != broken.output.npos);
  fs::remove_all(out);
  CHECK(explain("nowhere").code == 3);
  CHECK(explain((data / "test").string() + " --class nobody").code == 2);
  CHECK(explain((data / "test").string() + " --layer block5_pool").code == 2);
  CHECK(explain((data / "test").string() + " --masks nowhere").code == 3);
  CHECK_FALSE(fs::exists(out));
}
