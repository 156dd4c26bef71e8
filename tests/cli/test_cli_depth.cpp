// --bits and --range: a model trained on 12 bits in 16-bit files equals the model of the same images in 8 bits, and
// predict uses its range.
#include <doctest/doctest.h>

#include <algorithm>

#include "tests/support/deep_files.h"
#include "tests/support/faulty_dataset.h"
#include "tests/support/program.h"
#include "tests/support/words.h"

namespace graft::test {
namespace {

namespace fs = std::filesystem;

// Writes the same images as PNG of 8 bits and of 12 bits in 16.
void draw(const Scratch& scratch, int count) {
  for (int i = 0; i < count; ++i) {
    const Image image = tiles(uint64_t(i), 32, 32);
    std::vector<uint16_t> deep;
    for (const uint8_t v : image.rgb) deep.push_back(static_cast<uint16_t>((v * 4095 + 127) / 255));
    const std::string below = std::string("train/") + (i % 2 ? "a/" : "b/") + std::to_string(i) + ".png";
    fs::create_directories((scratch.path() / "eight" / below).parent_path());
    write_png(scratch.path() / "eight" / below, image);
    write_text(scratch.path() / "deep" / below, deep_png(32, 32, 3, deep));
  }
}

}  // namespace

TEST_CASE("12 bits in 16: train warns, --bits corrects it, predict uses the same range") {
  const Scratch scratch;
  draw(scratch, 6);
  const std::string at = scratch.path().string() + "/";
  const auto train = [&](const std::string& data, const std::string& options) {
    return shell("vgg-finetune train " + at + data + tiny(options) + "--out " + at + "run-" + data +
                 options.substr(0, 6));
  };
  const std::string warning = "warning: 6 of 6 images of more than 8 bits have values of";
  says(train("deep", ""), warning);
  const Run mended = train("deep", "--bits 12");
  CHECK(mended.code == 0);
  CHECK(mended.output.find("warning: 6 of 6") == std::string::npos);
  says(mended, "beyond 8 bits 0 to 4095");
  REQUIRE(train("eight", "").code == 0);
  // Each model has the same predictions for its own files.
  const auto answers = [&](const std::string& run, const std::string& data) {
    const Run answer =
        shell("vgg-finetune predict " + at + run + " " + at + data + "/train/*/*.png --csv | cut -d, -f2-");
    CHECK(answer.code == 0);
    return answer.output;
  };
  const std::string eight = answers("run-eight", "eight");
  CHECK(std::ranges::count(eight, '\n') == 7);
  CHECK(answers("run-deep--bits", "deep") == eight);
  CHECK(answers("run-deep--bits", "eight") == eight);  // files of 8 bits are read as before
  // Shown to a model that takes the upper 8 bits, they are nearly black.
  const std::string seen = "warning: 3 of 3 images of more than 8 bits have values of";
  const std::string to_eight = at + "run-eight " + at + "deep/train/a";
  says(shell("vgg-finetune predict " + to_eight), seen);
  says(shell("vgg-finetune explain " + to_eight), seen);
  says(shell("vgg-finetune eval " + at + "run-eight " + at + "deep --split train"), "warning: 6 of 6");
  CHECK(shell("vgg-finetune predict " + at + "run-deep--bits " + at + "deep/train/a").output.find("warning") ==
        std::string::npos);
  const Run resumed = shell("vgg-finetune train --resume " + at + "run-eight --bits 12");
  CHECK(resumed.code == 2);
  says(resumed, "leave out --bits");
}

TEST_CASE("12 bits in 16: check and probe warn and name the option that corrects it") {
  const Scratch scratch;
  draw(scratch, 6);
  const std::string data = scratch.path().string() + "/deep";
  const Run checked = shell("vgg-finetune check " + data);
  says(checked, "warning: 6 x deep-range: ");
  says(checked, "; give --bits 12)");
  CHECK(checked.output.find("near-duplicate") == std::string::npos);
  const Run with_bits = shell("vgg-finetune check " + data + " --bits 12");
  CHECK(with_bits.output.find("deep-range") == std::string::npos);
  says(with_bits, "note: 6 x deep: ");
  const std::string probe = "vgg-finetune probe " + data +
                            " --model vgg-tiny --weights none --image-size 32 --out " + scratch.path().string() +
                            "/probe ";
  says(shell(probe), "warning: 6 of 6 images of more than 8 bits");
  says(shell("vgg-finetune augment " + data + " --image-size 32 --images 1 --views 1 --bits 12 --out " +
             scratch.path().string() + "/sheet.png"),
       "row 1");
}

}  // namespace graft::test
