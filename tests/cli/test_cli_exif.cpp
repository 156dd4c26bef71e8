// --exif apply: a model is trained on images as viewers show them, and all commands read them that way.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "engine/image/image.h"
#include "engine/image/png_writer.h"
#include "tests/support/child.h"
#include "tests/support/deep_files.h"
#include "tests/support/scratch.h"

using namespace graft;
namespace fs = std::filesystem;

namespace {

// Little-endian TIFF with one entry: orientation 6, a quarter turn.
const std::string kQuarterTurn("II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0", 26);

void note_orientation(const fs::path& file) {
  const std::string plain = slurp(file);
  constexpr size_t kAfterHeader = 33;
  std::ofstream(file, std::ios::binary)
      << plain.substr(0, kAfterHeader) << test::png_chunk("eXIf", kQuarterTurn) << plain.substr(kAfterHeader);
}

void turn(const fs::path& file) {
  const std::string bytes = slurp(file);
  const std::span<const uint8_t> data(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
  write_png(file, decode_image(data, file.string(), {.exif = Exif::apply}));
}

}  // namespace

TEST_CASE("--exif apply equals training and predicting with upright images") {
  const Scratch scratch;
  const auto at = [&](const std::string& name) { return (scratch.path() / name).string(); };
  draw_stripes(at("noted"), {"a", "b"}, 6);
  for (const auto& entry : fs::recursive_directory_iterator(at("noted")))
    if (entry.is_regular_file()) note_orientation(entry.path());
  fs::copy(at("noted"), at("turned"), fs::copy_options::recursive);
  for (const auto& entry : fs::recursive_directory_iterator(at("turned")))
    if (entry.is_regular_file()) turn(entry.path());

  const auto run = [&](const std::string& command) {
    const Run done = shell("vgg-finetune " + command);
    CHECK_MESSAGE(done.code == 0, done.output);
    return done;
  };
  const std::string options = tiny("--epochs 2 --private");
  run("train " + at("noted") + options + "--exif apply --out " + at("applied"));
  run("train " + at("turned") + options + "--out " + at("reference"));
  run("train " + at("noted") + options + "--out " + at("ignored"));
  CHECK(slurp(at("applied/history.csv")) == slurp(at("reference/history.csv")));
  CHECK(slurp(at("ignored/history.csv")) != slurp(at("reference/history.csv")));

  const auto config = nlohmann::json::parse(slurp(at("applied/config.json")));
  CHECK(config.at("training").at("exif") == "apply");
  CHECK(config.at("model").at("preprocess").at("exif") == "apply");
  const std::string image = "/test/a/image0.png";
  const auto probabilities = [&](const std::string& model, const std::string& images) {
    const std::string text = run("predict " + at(model) + " " + at(images) + image + " --json 2>&1").output;
    return text.substr(text.find("\"probabilities\""));
  };
  CHECK(probabilities("applied", "noted") == probabilities("reference", "turned"));

  CHECK(shell("vgg-finetune train " + at("noted") + options + "--exif maybe --out " + at("no")).code == 2);
  CHECK_FALSE(fs::exists(at("no")));
}
