// vgg-finetune probe: what it prints and writes, that it does not use the test images, and the rule for the recommended
// cut.
#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "engine/base/atomic_file.h"
#include "tests/cli/cli_fixture.h"
#include "tools/probe/probe_report.h"

using namespace graft;
namespace fs = std::filesystem;

namespace {

struct Fixture : CliFixture {
  Fixture() : CliFixture({"circle", "line", "none"}, 12) {}
  Run probe(const std::string& out, const std::string& options = "") const {
    return shell("vgg-finetune probe " + data.string() + " --model vgg-tiny --weights none --image-size 32 --out " +
                 at(out) + " " + options);
  }
};

BlockScore block(const char* layer, double accuracy, double logme) {
  return {.layer = layer, .accuracy = accuracy, .standard_error = 0.02, .logme = logme};
}

}  // namespace

TEST_CASE_FIXTURE(Fixture, "probe scores every block, in a table and in files") {
  fs::remove_all(data / "test");  // probe does not need it
  const Run run = probe("out");
  REQUIRE_MESSAGE(run.code == 0, run.output);
  CHECK(run.output.find("<- cut here") != run.output.npos);
  CHECK(run.output.find("5-fold cross-validation") != run.output.npos);
  const std::string csv = text("out/probe.csv");
  CHECK(std::count(csv.begin(), csv.end(), '\n') == 7);  // the header, the input, five blocks
  const auto json = nlohmann::json::parse(text("out/probe.json"));
  CHECK(json.at("evaluation") == "5-fold");
  CHECK(json.at("images") == 36);
  REQUIRE(json.at("blocks").size() == 6);
  CHECK(json.at("blocks")[0].at("features") == 3);
  CHECK(json.at("blocks")[5].at("layer") == "block5_pool");
  for (const auto& b : json.at("blocks")) {
    CHECK(b.at("logme").is_number());
    CHECK(b.at("accuracy") >= 0.3);
  }
  const std::string svg = text("out/probe.svg");
  CHECK(svg.find("<svg xmlns") == 0);
  CHECK(svg.find("nan") == svg.npos);
  CHECK(svg.find("block5_pool") != svg.npos);

  CHECK(probe("out").code == 2);  // nothing is overwritten
  // The same numbers for any number of threads.
  REQUIRE(probe("again", "--threads 1").code == 0);
  CHECK(text("again/probe.csv") == csv);
}

TEST_CASE_FIXTURE(Fixture, "probe scores on the validation images if there are any, and lists broken ones") {
  fs::rename(data / "test", data / "val");
  write_file(data / "train/line/broken.png", "no image");
  const Run run = probe("out");
  REQUIRE_MESSAGE(run.code == 0, run.output);
  CHECK(run.output.find("evaluated on 18 validation images") != run.output.npos);
  CHECK(run.output.find("broken.png") != run.output.npos);
  CHECK(probe("strict", "--on-bad-image fail").code == 3);
  const auto json = nlohmann::json::parse(text("out/probe.json"));
  CHECK(json.at("evaluation") == "val");
  CHECK(json.at("images") == 18);
}

TEST_CASE_FIXTURE(Fixture, "probe refuses a class with one image") {
  for (int i = 1; i < 12; ++i) fs::remove(data / "train/line" / fmt::format("image{}.png", i));
  const Run run = probe("out");
  CHECK(run.code == 3);
  CHECK(run.output.find("at least two of each class") != run.output.npos);
}

TEST_CASE_FIXTURE(Fixture, "probe reports the number of folds, and refuses groups that allow none") {
  const Run two = [&] {
    for (int i = 2; i < 12; ++i) fs::remove(data / "train/line" / fmt::format("image{}.png", i));
    return probe("two");
  }();
  REQUIRE_MESSAGE(two.code == 0, two.output);
  CHECK(two.output.find("evaluated by 2-fold cross-validation") != two.output.npos);
  CHECK(two.output.find("2 folds instead of 5") != two.output.npos);
  CHECK(nlohmann::json::parse(text("two/probe.json")).at("evaluation") == "2-fold");

  const Run grouped = probe("grouped", "--group-by '[01]'");  // image0, image1, image10, image11: no others
  CHECK(grouped.code == 3);
  for (int i = 2; i < 10; ++i)
    for (const char* name : {"circle", "none"}) fs::remove(data / "train" / name / fmt::format("image{}.png", i));
  const Run good = probe("good", "--group-by '[01]'");
  REQUIRE_MESSAGE(good.code == 0, good.output);
  CHECK(good.output.find("2-fold") != good.output.npos);
  const Run one = probe("one", "--group-by image");
  CHECK(one.code == 3);
  CHECK(one.output.find("a class has 1 training group: a probe needs at least two") != one.output.npos);
}

TEST_CASE("the cut is the first block within one standard error of the best, never the input") {
  const std::vector<BlockScore> scores = {block("input", 0.93, 1),        block("block1_pool", 0.80, 2),
                                          block("block2_pool", 0.91, 4),  block("block3_pool", 0.92, 3),
                                          block("block4_pool", 0.925, 1), block("block5_pool", 0.70, 1)};
  CHECK(where_to_cut(scores) == 2);
  CHECK(advice(scores, 0.25).find("--unfreeze block3") != std::string::npos);
  CHECK(advice(scores, 0.25).find("LogME is highest after block2_pool") != std::string::npos);
  CHECK(advice(scores, 0.25).find("mean colour") != std::string::npos);
  CHECK(advice(scores, 0.91).find("always predicting") != std::string::npos);
  const std::vector<BlockScore> whole = {block("input", 0.3, 1), block("block1_pool", 0.5, 2),
                                         block("block2_pool", 0.9, 4)};
  CHECK(where_to_cut(whole) == 2);
  CHECK(advice(whole, 0.25).find("--unfreeze none") != std::string::npos);
  CHECK(advice(whole, 0.25).find("mean colour") == std::string::npos);
}
