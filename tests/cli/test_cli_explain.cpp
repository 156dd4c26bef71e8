// explain: overlays, raw maps, folders, masks, and errors.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "tests/cli/cli_fixture.h"
#include "tests/support/deep_files.h"
#include "tests/support/npy.h"

using namespace graft;
namespace fs = std::filesystem;

namespace {

struct Trained : CliFixture {
  fs::path run = scratch.path() / "run", out = scratch.path() / "out";
  Trained() : CliFixture({"a, \"b\"", "\xE8\x85\xA6"}, 4) {
    const Run trained = train("run", "--unfreeze all");
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

TEST_CASE_FIXTURE(Trained, "explain: masks determine whether peaks are inside the lesion") {
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
  CHECK(none.output.find("nothing to measure: no image has a mask with a lesion") != none.output.npos);
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

TEST_CASE_FIXTURE(Trained, "explain: clutter is ignored; masks of many names and values are found") {
  const fs::path images = scratch.path() / "images", masks = scratch.path() / "masks";
  fs::create_directories(images / "sub/__MACOSX"), fs::create_directories(masks / "sub");
  for (const char* name : {"x (1).png", "y.png", "sub/z.png"})
    fs::copy_file(data / "test/\xE8\x85\xA6/image0.png", images / name);
  for (const char* name : {"Thumbs.db", "labels.csv", "sub/__MACOSX/z.png"})
    std::ofstream(images / name) << "no image";
  const auto mask = [](const fs::path& file, int from, int to, uint8_t value, uint8_t rest = 0) {
    Image image{40, 36, {}};
    for (int y = 0; y < 36; ++y) image.rgb.insert(image.rgb.end(), 40 * 3, y >= from && y < to ? value : rest);
    write_png(file, image);
  };
  const auto explain_with = [&](const fs::path& folder) {
    fs::remove_all(out);
    const Run explained = explain("'" + images.string() + "' --masks " + folder.string());
    CHECK_MESSAGE(explained.code == 0, explained.output);
    CHECK(explained.output.find("3 Grad-CAM maps") != explained.output.npos);
    return explained.output;
  };
  const auto pointing = [&] { return nlohmann::json::parse(slurp(out / "explain.json")).at("pointing"); };
  mask(masks / "other.png", 0, 36, 255);
  const std::string none = explain_with(masks);
  CHECK(none.find("images have names like sub/z.png, masks like other.png") != none.npos);
  mask(masks / "X (1)_MASK.png", 0, 9, 255), mask(masks / "X (1)_mask_1.png", 27, 36, 255);
  mask(masks / "yy.png", 0, 36, 255);
  mask(masks / "sub/z_segmentation.png", 0, 18, 1);
  const std::string text = explain_with(masks);
  CHECK(text.find("z_segmentation.png (values 0 and 1)") != text.npos);
  CHECK(pointing().at("lesions") == 2);
  CHECK(pointing().at("area") == doctest::Approx(1.0).epsilon(0.1));  // two quarters, and a half
  CHECK(pointing().at("without_mask") == 1);
  CHECK(text.find("note: without a mask: y.png\n") != text.npos);
  for (const uint16_t value : {1, 40, 256, 65535}) {  // of 16 bits
    std::vector<uint16_t> half(40 * 36);
    std::fill(half.begin(), half.begin() + 40 * 18, value);
    test::write_text(masks / "sub/z_segmentation.png", test::deep_png(40, 36, 1, half));
    explain_with(masks);
    CHECK(pointing().at("lesions") == 2);
    CHECK(pointing().at("area") == doctest::Approx(1.0).epsilon(0.1));
  }
  mask(masks / "sub/y.png", 0, 9, 2, 1);
  CHECK(explain_with(masks).find("1 images have no mask") ==
        std::string::npos);  // it has the mask of another folder
  {
    Image labels{2, 2, {0, 0, 0, 1, 1, 1, 2, 2, 2, 0, 0, 0}};
    write_png(masks / "sub/y.png", labels);
  }
  CHECK(explain_with(masks).find("masks of several values below 128") != std::string::npos);
  // Next to the images, and in a subfolder.
  mask(images / "x (1)_mask.png", 0, 9, 255), mask(images / "sub/z_mask.png", 0, 9, 255);
  explain_with(images);
  CHECK(pointing().at("lesions") == 2);
  fs::remove(images / "x (1)_mask.png"), fs::remove(images / "sub/z_mask.png");
  fs::rename(masks, images / "masks");
  explain_with(images / "masks");
  CHECK(pointing().at("lesions") == 2);
  std::ofstream(images / "masks/y_mask.png") << "broken";
  fs::remove_all(out);
  const Run broken = explain("'" + images.string() + "' --masks " + (images / "masks").string());
  CHECK(broken.code == 3);
  CHECK(broken.output.find("3 Grad-CAM maps") != broken.output.npos);
}
