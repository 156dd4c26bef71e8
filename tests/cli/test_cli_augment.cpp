// Augmentation: the same bits for any number of threads, cached or not, resumed or not; validation and test images are
// never augmented; the contact sheet.
#include <doctest/doctest.h>

#include "engine/data/augment.h"
#include "tests/cli/cli_fixture.h"

using namespace graft;
namespace fs = std::filesystem;

namespace {

struct Fixture : CliFixture {
  Fixture() : CliFixture({"circle", "line"}, 6, "--head flatten:8 ") {}
  Run train(const std::string& out, const std::string& options = "") const {
    fs::remove_all(at(out));
    return CliFixture::train(out, options);
  }
  std::string file(const std::string& run, const std::string& name) const { return text(run + "/" + name); }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "augmented training has the same bits for any number of threads, cached views or not") {
  const std::string options = "--lr 1e-3 --epochs 4 --augment keras-generator,brightness=0.2 ";
  REQUIRE(train("plain", "--epochs 4").code == 0);
  for (const std::string views : {"", "--augment-views 3 "}) {
    CAPTURE(views);
    const Run one = train("one", options + views + "--threads 1");
    REQUIRE_MESSAGE(one.code == 0, one.output);
    CHECK(has(one.output, "augmentation: keras-generator,rotation=20,"));
    CHECK(has(one.output, views.empty() ? "frozen layers run in every pass" : "36 fixed views of the training"));
    CHECK(file("one", "model.h5") != file("plain", "model.h5"));
    for (const char* other : {"--threads 2", "--threads 4", "--threads 2 --cache off"}) {
      CAPTURE(other);
      REQUIRE(train("other", options + views + other).code == 0);
      CHECK(file("other", "model.h5") == file("one", "model.h5"));
      CHECK(file("other", "history.csv") == file("one", "history.csv"));
    }
  }
}

TEST_CASE_FIXTURE(Fixture, "an augmented run, interrupted and resumed, ends with the same bits") {
  for (const std::string views : {"", "--augment-views 2 "}) {
    CAPTURE(views);
    const std::string options = "--lr 1e-3 --steps-per-epoch 4 --threads 1 --augment medical-gentle " + views;
    fs::remove_all(at("cut"));
    const int epochs =
        stop_and_go(command("cut", options + kEndless), at("cut"), {{SIGTERM}, {SIGINT, Moment::start}, {SIGINT}});
    REQUIRE(train("whole", options + fmt::format("--epochs {}", epochs)).code == 0);
    CHECK(file("cut", "model.h5") == file("whole", "model.h5"));
    CHECK(file("cut", "history.csv") == file("whole", "history.csv"));
  }
}

TEST_CASE_FIXTURE(Fixture, "validation and test images are never augmented") {
  fs::copy(data / "test", data / "val", fs::copy_options::recursive);
  const std::string frozen = "--epochs 2 --lr 0 ";  // so that only the images can make a difference
  REQUIRE(train("plain", frozen).code == 0);
  REQUIRE(train("augmented", frozen + "--augment keras-generator,flip-vertical=1,brightness=0.5").code == 0);
  const auto column = [&](const char* run, int wanted) {
    std::string values, text = file(run, "history.csv");
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      std::istringstream cells(line);
      std::string cell;
      for (int i = 0; i <= wanted; ++i) std::getline(cells, cell, ',');
      values += cell + " ";
    }
    return values;
  };
  CHECK(column("plain", 4) == column("augmented", 4));  // val_loss
  CHECK(column("plain", 2) != column("augmented", 2));  // loss
  CHECK(file("plain", "predictions.csv") == file("augmented", "predictions.csv"));
}

TEST_CASE_FIXTURE(Fixture, "an augmentation is recorded in full, with the number of cached views") {
  const Run more = train("run", "--augment medical-gentle --augment-views 2");
  REQUIRE(more.code == 0);
  CHECK_MESSAGE(
      has(more.output, "--augment-views 2: each pass over the images uses one view, and this run makes 1"),
      more.output);
  CHECK(has(more.output, "over 12 fixed views of the training images"));
  CHECK(has(file("run", "report.html"), "1 fixed view of each"));
  const std::string config = file("run", "config.json");
  CHECK(has(config, "\"augment\": \"medical-gentle,rotation=10,shift=0.05,"));
  CHECK(has(config, "\"augment_views\": 2"));
}

TEST_CASE_FIXTURE(Fixture, "augment draws a contact sheet and overwrites nothing") {
  const std::string command = "vgg-finetune augment " + data.string() + " --out " + at("sheet.png") +
                              " --image-size 32 --images 3 --views 5 --augment ";
  const Run run = shell(command + "keras-generator");
  REQUIRE_MESSAGE(run.code == 0, run.output);
  CHECK(has(run.output, "view 5: "));
  CHECK(has(run.output, "rotation"));
  const Image sheet = decode_image(scratch.path() / "sheet.png");
  CHECK(sheet.w == 6 * 36 + 4);
  CHECK(sheet.h == 3 * 36 + 4);
  const std::string bytes = slurp(at("sheet.png"));
  const Run again = shell(command + "none");
  CHECK(again.code == 2);
  CHECK(has(again.output, "already exists"));
  CHECK(slurp(at("sheet.png")) == bytes);
  CHECK(shell("vgg-finetune augment " + at("nowhere") + " --out " + at("s.png")).code == 3);
  CHECK(shell("vgg-finetune augment " + data.string() + " --out " + at("no/s.png") + " --image-size 32").code == 5);
  CHECK(
      shell("vgg-finetune augment " + data.string() + " --out " + at("s.png") + " --images 900 --views 900").code ==
      2);
}
