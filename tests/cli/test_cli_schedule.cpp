// Phases, schedules, early stopping, and the best and the last model.
#include <doctest/doctest.h>

#include <algorithm>

#include "tests/cli/cli_fixture.h"

using namespace graft;
namespace fs = std::filesystem;

namespace {

struct Fixture : CliFixture {
  Fixture() : CliFixture({"circle", "line"}, 12) { fs::rename(data / "test", data / "val"); }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture,
                  "two phases: the head, then block5 with a lower learning rate; for any threads, cached or not") {
  const std::string options =
      "--unfreeze block5 --warmup-epochs 2 --epochs 4 --lr 1e-3 --schedule cosine --warmup-steps 2 --clip-norm 1 "
      "--weight-decay 0.01 --lr-mult block5=0.5 --label-smoothing 0.1 --class-weights balanced --dropout 0.2 ";
  const Run run = train("one", options + "--threads 1");
  REQUIRE_MESSAGE(run.code == 0, run.output);
  CHECK_MESSAGE(has(run, "phase 1 of 2: the head, learning rate"), run.output);
  CHECK_MESSAGE(has(run, "phase 2 of 2: the head and block5, learning rate"), run.output);
  for (const char* other : {"--threads 2", "--threads 4 --cache off"}) {
    fs::remove_all(at("other"));
    REQUIRE(train("other", options + other).code == 0);
    CHECK(text("other/history.csv") == text("one/history.csv"));
    CHECK(text("other/model.h5") == text("one/model.h5"));
  }
  // The first two epochs equal those of a run that trains only the head.
  REQUIRE(train("head",
                "--epochs 2 --lr 1e-3 --schedule cosine --warmup-steps 2 --clip-norm 1 --weight-decay 0.01 "
                "--label-smoothing 0.1 --class-weights balanced --dropout 0.2")
              .code == 0);
  CHECK(text("one/history.csv").starts_with(text("head/history.csv")));
}

TEST_CASE_FIXTURE(Fixture, "early stopping keeps the best and the last model") {
  // A learning rate with which the loss rises from some epoch on.
  const Run run = train("run", "--epochs 60 --lr 0.3 --optimizer sgd --patience 2 --head flatten:16");
  REQUIRE_MESSAGE(run.code == 0, run.output);
  CHECK_MESSAGE(has(run, "stopped early: val_loss has not improved for 2 epochs"), run.output);
  std::vector<double> losses;
  std::istringstream lines(text("run/history.csv"));
  for (std::string line; std::getline(lines, line);) {
    double loss = 0;
    if (std::sscanf(line.c_str(), "%*d,%*d,%*[^,],%*[^,],%lf", &loss) == 1) losses.push_back(loss);
  }
  const auto best = std::min_element(losses.begin(), losses.end());
  REQUIRE(losses.size() < 60);
  CHECK(losses.end() - best == 3);  // two epochs after the best one
  CHECK_MESSAGE(has(run, fmt::format("model.h5: epoch {} of {}, the best by validation loss; last.h5 has the last",
                                     best - losses.begin() + 1, losses.size())),
                run.output);
  CHECK(text("run/last.h5") != text("run/model.h5"));
  CHECK(text("run/summary.json").find("the best by validation loss") != std::string::npos);
  CHECK(text("run/report.html").find("the best by validation loss") != std::string::npos);
  // model.h5 has the validation loss of that epoch.
  const Run eval =
      shell("vgg-finetune eval " + at("run") + " " + data.string() + " --split val --out " + at("eval"));
  REQUIRE_MESSAGE(eval.code == 0, eval.output);
  const std::string metrics = text("eval/metrics.json");
  const size_t loss = metrics.find("\"loss\"");
  REQUIRE(loss != metrics.npos);
  CHECK_MESSAGE(metrics.find(fmt::format("{:.5g}", *best).substr(0, 6), loss) != metrics.npos, metrics);

  const Run again = shell("vgg-finetune train --resume " + at("run"));
  CHECK_MESSAGE(again.code == 0, again.output);
  const Run last = train("last", "--epochs 60 --lr 0.3 --optimizer sgd --patience 2 --head flatten:16 --keep last");
  REQUIRE(last.code == 0);
  CHECK(text("last/best.h5").size() == text("run/model.h5").size());
  CHECK(fs::exists(at("last/model.h5")));
}

TEST_CASE_FIXTURE(Fixture, "a plateau and a step schedule lower the learning rate, which the epochs' lines show") {
  const Run plateau =
      train("plateau", "--epochs 12 --lr 0.3 --optimizer sgd --schedule plateau:patience=1,factor=0.5");
  REQUIRE_MESSAGE(plateau.code == 0, plateau.output);
  CHECK_MESSAGE(has(plateau, "lr 0.15"), plateau.output);
  const Run step = train("step", "--epochs 3 --lr 1e-3 --schedule step:every=1,factor=0.1");
  REQUIRE(step.code == 0);
  CHECK_MESSAGE(has(step, "lr 1e-05"), step.output);
}

TEST_CASE_FIXTURE(Fixture, "class weights from a file") {
  std::ofstream(at("weights.csv")) << "class,weight\ncircle,1\nline,3\n";
  const std::string file = "--class-weights " + at("weights.csv") + " ";
  REQUIRE(train("weighted", file + "--epochs 2").code == 0);
  REQUIRE(train("plain", "--epochs 2").code == 0);
  CHECK(text("weighted/history.csv") != text("plain/history.csv"));
  CHECK(text("weighted/config.json").find("class_weight_values") != std::string::npos);
  for (const char* table : {"Label;Weight\nCircle;1\n line ;3\n", "circle\t1\nline\t3\n"}) {
    std::ofstream(at("weights.csv")) << table;
    REQUIRE(train("other", file + "--epochs 2").code == 0);
    CHECK(text("weighted/history.csv") == text("other/history.csv"));
    fs::remove_all(at("other"));
  }
  write("weights.csv", "circle,1\n");
  refuses(file, 3, "no weight for the class 'line'");
}

// One of each kind; tests/app/test_options.cpp and test_preflight.cpp have them all.
TEST_CASE_FIXTURE(Fixture, "contradictory options are refused before anything is written") {
  refuses("--warmup-epochs 1 --epochs 3", 2, "--unfreeze");
  refuses("--lr-mult block5=0.1", 2, "'block5': it is not trainable");
  fs::remove_all(data / "val");
  refuses("--patience 3", 2, "validation images");
}
