// The main commands: train, eval, predict; with the same bits for any number of threads, with and without a feature
// cache, and after an interruption.
#include <doctest/doctest.h>

#include <algorithm>

#include "tests/cli/cli_fixture.h"

using namespace graft;
using doctest::Contains;
namespace fs = std::filesystem;

namespace {

const std::string kHead = "--head flatten:16 --lr 1e-3 ";

struct Fixture : CliFixture {
  Fixture() : CliFixture({"circle", "line", "none"}, 8, kHead) {}
  std::string model(const std::string& run) const { return text(run + "/model.h5"); }
  std::string history(const std::string& run) const { return text(run + "/history.csv"); }
};

double number_behind(const std::string& text, const std::string& word) {
  const size_t at = text.rfind(word);
  REQUIRE(at != text.npos);
  return std::stod(text.substr(at + word.size()));
}

}  // namespace

TEST_CASE_FIXTURE(Fixture, "train, then eval and predict with the same results") {
  const Run trained = train("run", "--epochs 3 --unfreeze all");
  REQUIRE_MESSAGE(trained.code == 0, trained.output);
  for (const char* file : {"config.json", "history.csv", "model.h5", "checkpoint.graft", "predictions.csv",
                           "metrics.json", "summary.json"})
    CHECK(fs::exists(scratch.path() / "run" / file));
  CHECK(trained.output.find("this is not transfer learning") != trained.output.npos);
  const std::string history_text = history("run");
  CHECK(std::count(history_text.begin(), history_text.end(), '\n') == 4);

  const Run eval = shell("vgg-finetune eval " + at("run") + " " + data.string() + " --out " + at("again"));
  REQUIRE_MESSAGE(eval.code == 0, eval.output);
  for (const char* metric : {"  accuracy", "  macro AUROC"})
    CHECK(number_behind(eval.output, metric) == number_behind(trained.output, metric));
  for (const char* file : {"metrics.json", "predictions.csv"})
    CHECK(slurp(scratch.path() / "again" / file) == slurp(scratch.path() / "run" / file));

  // predictions.csv: path,label,predicted,circle,line,none
  const std::string csv = slurp(scratch.path() / "run/predictions.csv");
  const size_t row = csv.find("test/line/image2.png,line,");
  REQUIRE(row != csv.npos);
  const std::string line = csv.substr(row, csv.find('\n', row) - row);
  const Run predict =
      shell("vgg-finetune predict " + at("run") + " " + (data / "test/line/image2.png").string() + " --csv");
  REQUIRE_MESSAGE(predict.code == 0, predict.output);
  const double expected = std::stod(line.substr(line.rfind(',') + 1));
  CHECK(std::stod(predict.output.substr(predict.output.rfind(',') + 1)) == doctest::Approx(expected).epsilon(1e-5));
  const Run json = shell("vgg-finetune predict " + at("run/model.h5") + " " +
                         (data / "test/line/image2.png").string() + " --json");
  CHECK(json.code == 0);
  CHECK(json.output.find("\"probabilities\"") != json.output.npos);
}

TEST_CASE_FIXTURE(Fixture, "the number of threads and the cache change no bit") {
  for (const std::string unfreeze : {"none", "block4"}) {
    CAPTURE(unfreeze);
    const std::string options = "--epochs 2 --dropout 0.3 --l2 0.001 --unfreeze " + unfreeze;
    REQUIRE(train("one", options + " --threads 1").code == 0);
    const std::string model_bytes = model("one"), history_bytes = history("one");
    for (const char* other : {"--threads 2", "--threads 4", "--threads 2 --cache off"}) {
      CAPTURE(other);
      fs::remove_all(at("other"));
      REQUIRE(train("other", options + " " + other).code == 0);
      CHECK(model("other") == model_bytes);
      CHECK(history("other") == history_bytes);
      CHECK(slurp(scratch.path() / "other/predictions.csv") == slurp(scratch.path() / "one/predictions.csv"));
    }
    fs::remove_all(at("one"));
    fs::remove_all(at("other"));
  }
}

TEST_CASE_FIXTURE(Fixture, "an interrupted run, resumed, ends with the same bits") {
  const std::string options = "--steps-per-epoch 7 --dropout 0.2 --threads 1 ";
  const int epochs = stop_and_go(command("cut", options + kEndless), at("cut"),
                                 {{SIGTERM}, {SIGINT, Moment::start}, {SIGINT}, {SIGTERM, Moment::start}});
  const std::string log = slurp(at("cut") + ".log");
  CHECK(log.find("interrupted, the state is saved") != log.npos);
  CHECK(log.find("resumed in epoch") != log.npos);
  REQUIRE(train("whole", options + fmt::format("--epochs {}", epochs)).code == 0);
  CHECK(model("cut") == model("whole"));
  CHECK(history("cut") == history("whole"));

  fs::remove(data / "train/line/image3.png");
  const Run changed = shell("vgg-finetune train --resume " + at("cut"));
  CHECK(changed.code == 3);
  CHECK(changed.output.find("not those that the run started with") != changed.output.npos);
}

TEST_CASE_FIXTURE(Fixture, "validation images are scored each epoch, and never trained on") {
  fs::rename(data / "test", data / "valid");
  const Run run = train("run", "--epochs 2");
  REQUIRE_MESSAGE(run.code == 0, run.output);
  CHECK(run.output.find("val_accuracy") != run.output.npos);
  CHECK(run.output.find("no test images") != run.output.npos);
  CHECK_FALSE(fs::exists(scratch.path() / "run/predictions.csv"));
  const std::string text = history("run");
  CHECK(text.find(",\n") == text.npos);
}
