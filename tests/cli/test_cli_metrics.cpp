// The metrics that train and eval print and write: intervals, thresholds from validation, temperature, and undefined
// values.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "engine/metrics/scores.h"
#include "tests/cli/cli_fixture.h"

using namespace graft;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

struct TwoClasses : CliFixture {
  fs::path run = scratch.path() / "run";
  TwoClasses() : CliFixture({"ill", "well"}, 16, "--head flatten:16 --lr 1e-3 --unfreeze all ") {
    for (const char* name : {"ill", "well"}) {  // half of the test images
      fs::create_directories(data / "val" / name);
      for (int i = 0; i < 4; ++i)
        fs::rename(data / "test" / name / fmt::format("image{}.png", i),
                   data / "val" / name / fmt::format("{}.png", i));
    }
  }
  Run train(const std::string& options) const { return CliFixture::train("run", options); }
  Run eval(const std::string& options) const {
    return shell("vgg-finetune eval " + run.string() + " " + data.string() + " " + options);
  }
  nlohmann::json read(const fs::path& path) const { return nlohmann::json::parse(slurp(path)); }
};

}  // namespace

TEST_CASE_FIXTURE(TwoClasses, "thresholds come from validation and are applied to the test set") {
  const Run trained = train("--epochs 3 --positive ill");
  REQUIRE_MESSAGE(trained.code == 0, trained.output);
  const json calibration = read(run / "calibration.json"), metrics = read(run / "metrics.json");
  CHECK(calibration.at("images") == 8);
  REQUIRE(calibration.at("thresholds").size() == 3);
  CHECK(calibration.at("thresholds")[0].at("positive") == "ill");
  CHECK_FALSE(calibration.contains("temperature"));
  CHECK(fs::exists(run / "validation_predictions.csv"));
  CHECK(metrics.at("images") == 8);
  CHECK(metrics.at("thresholds")[0].at("threshold") == calibration.at("thresholds")[0].at("threshold"));
  CHECK(metrics.at("metrics").at("accuracy").contains("low"));
  CHECK_FALSE(metrics.at("metrics").at("ece").contains("low"));
  CHECK(metrics.at("metrics").at("ece").contains("no_interval"));
  CHECK(slurp(run / "report.html").find("no interval: ") != std::string::npos);
  const std::string csv = slurp(run / "metrics.csv");
  CHECK(csv.starts_with("class,metric,value,low,high\n,loss,"));
  CHECK(std::count(csv.begin(), csv.end(), '\n') == 1 + kOveralls + 2 * kPerClasses);
  CHECK(csv.find("\nwell,auroc,") != csv.npos);
  CHECK(trained.output.find("sensitivity at least 0.90") != trained.output.npos);

  const Run eval_run = eval("");
  REQUIRE_MESSAGE(eval_run.code == 0, eval_run.output);
  CHECK(slurp(run / "eval/1/metrics.json") == slurp(run / "metrics.json"));
  CHECK(eval("").code == 0);  // nothing is overwritten
  CHECK(fs::exists(run / "eval/2/metrics.json"));
  const Run full = eval("--out " + (run / "eval/1").string());
  CHECK(full.code == 2);
  CHECK(full.output.find("nothing is overwritten") != full.output.npos);
}

TEST_CASE_FIXTURE(TwoClasses, "a temperature is folded into the model and changes no decision") {
  REQUIRE(train("--epochs 3").code == 0);
  const json plain = read(run / "metrics.json");
  fs::remove_all(run);
  const Run calibrated = train("--epochs 3 --calibrate");
  REQUIRE_MESSAGE(calibrated.code == 0, calibrated.output);
  const json temperature = read(run / "calibration.json").at("temperature"), metrics = read(run / "metrics.json");
  CHECK(temperature.at("loss_after") <= temperature.at("loss_before"));
  CHECK(temperature.at("value") != 1.0);
  CHECK(metrics.at("confusion") == plain.at("confusion"));
  CHECK(metrics.at("metrics").at("auroc") == plain.at("metrics").at("auroc"));
  CHECK(metrics.at("metrics").at("loss") != plain.at("metrics").at("loss"));
  REQUIRE(eval("").code == 0);  // it is part of the model
  CHECK(read(run / "eval/1/metrics.json").at("metrics") == metrics.at("metrics"));
  // The training state is not rescaled: resumed, it gives the same model again.
  const std::string model = slurp(run / "model.h5");
  REQUIRE(shell("vgg-finetune train --resume " + run.string()).code == 0);
  CHECK(slurp(run / "model.h5") == model);
}

TEST_CASE_FIXTURE(TwoClasses,
                  "a temperature: the reported losses are those of the saved model, even with huge logits") {
  fs::copy_file(data / "val/ill/0.png", data / "val/well/wrong.png");  // by thousands, in logits
  const Run trained =
      shell("vgg-finetune train " + data.string() +
            tiny("--epochs 2 --optimizer sgd --lr 0.3 --calibrate --positive ill") + "--out " + run.string());
  REQUIRE_MESSAGE(trained.code == 0, trained.output);
  const json temperature = read(run / "calibration.json").at("temperature");
  CHECK(temperature.at("loss_before") > 100.0);  // with a probability of 0 in f32
  CHECK(temperature.at("loss_after") <= temperature.at("loss_before"));
  REQUIRE(eval("--split val").code == 0);
  const json metrics = read(run / "eval/1/metrics.json");
  CHECK(metrics.at("metrics").at("loss").at("value") == temperature.at("loss_after"));
  CHECK(metrics.at("metrics").at("ece").at("value") == temperature.at("ece_after"));
  CHECK(slurp(run / "eval/1/predictions.csv") == slurp(run / "validation_predictions.csv"));
  // A threshold is one of these predictions.
  const double threshold = metrics.at("thresholds")[1].at("threshold");
  CHECK(metrics.at("thresholds")[1].at("sensitivity").at("value") >= 0.9);
  CHECK(threshold <= 1);
}

TEST_CASE_FIXTURE(TwoClasses, "thresholds are applied only to the model that they were chosen for") {
  REQUIRE(train("--seed 2").code == 0);
  fs::rename(run / "model.h5", scratch.path() / "other.h5");
  fs::remove_all(run);
  REQUIRE(train("").code == 0);
  fs::rename(scratch.path() / "other.h5", run / "earlier.h5");
  const auto points = [&](const fs::path& model) {
    const fs::path out = scratch.path() / "eval";
    fs::remove_all(out);
    const Run result =
        shell("vgg-finetune eval " + model.string() + " " + data.string() + " --out " + out.string());
    REQUIRE_MESSAGE(result.code == 0, result.output);
    const size_t count = read(out / "metrics.json").at("thresholds").size();
    CHECK((result.output.find("chosen for another model") == result.output.npos) == (count > 0));
    return count;
  };
  CHECK(points(run) == 3);
  CHECK(points(run / "model.h5") == 3);
  CHECK(points(run / "earlier.h5") == 0);
}

TEST_CASE_FIXTURE(TwoClasses, "a class without test images makes metrics undefined, not zero") {
  fs::remove_all(data / "test/ill");
  const Run trained = train("");
  REQUIRE_MESSAGE(trained.code == 0, trained.output);
  const json metrics = read(run / "metrics.json");
  CHECK(metrics.at("metrics").at("auroc").at("value").is_null());
  CHECK(metrics.at("metrics").at("auroc").at("undefined") == "it is for at least one class");
  CHECK(metrics.at("per_class")[0].at("recall").at("value").is_null());
  CHECK(metrics.at("per_class")[0].at("specificity").at("value").is_number());
  CHECK(metrics.at("thresholds")[0].at("specificity").at("value").is_null());
  CHECK(trained.output.find("macro AUROC                undefined") != trained.output.npos);
}

TEST_CASE_FIXTURE(TwoClasses, "impossible calibration is refused before training") {
  fs::remove_all(data / "val");
  const Run no_val = train("--calibrate");
  CHECK(no_val.code == 2);
  CHECK(no_val.output.find("on validation images") != no_val.output.npos);
  CHECK_FALSE(fs::exists(run));
}

TEST_CASE_FIXTURE(TwoClasses, "--group-by: train and eval resample whole groups, and the report states it") {
  int number = 0;
  for (const char* split : {"train", "val", "test"})
    for (const char* name : {"ill", "well"}) {  // two images each
      std::vector<fs::path> images;
      for (const auto& entry : fs::directory_iterator(data / split / name)) images.push_back(entry.path());
      std::sort(images.begin(), images.end());
      for (size_t i = 0; i < images.size(); ++i)
        fs::rename(images[i], images[i].parent_path() / fmt::format("p{}_{}.png", number + int(i / 2), i));
      number += int(images.size() / 2);
    }
  const Run trained = train("--epochs 2 --group-by '^(p[0-9]+)_'");
  REQUIRE_MESSAGE(trained.code == 0, trained.output);
  const json metrics = read(run / "metrics.json");
  CHECK(metrics.at("groups") == 4);
  CHECK(metrics.at("bootstrap").at("unit") == "group");
  CHECK(trained.output.find("draws of groups") != trained.output.npos);
  const std::string html = slurp(run / "report.html");
  CHECK(html.find("^(p[0-9]+)_: 24, none with images in two splits") != html.npos);
  CHECK(html.find("of the 4 groups") != html.npos);

  REQUIRE(eval("").code == 0);  // by the run's own rule
  CHECK(slurp(run / "eval/1/metrics.json") == slurp(run / "metrics.json"));
  const Run each = eval("--group-by none");
  REQUIRE(each.code == 0);
  CHECK(read(run / "eval/2/metrics.json").at("groups") == 0);
  CHECK(read(run / "eval/2/metrics.json").at("metrics") != metrics.at("metrics"));
  // A folder of classes, with one level of folders less.
  const Run plain = shell("vgg-finetune eval " + run.string() + " " + (data / "test").string());
  REQUIRE_MESSAGE(plain.code == 0, plain.output);
  CHECK(read(run / "eval/3/metrics.json").at("groups") == 4);
  const Run bad = eval("--group-by '^(q[0-9]+)_'");
  CHECK(bad.code == 3);
  CHECK_FALSE(fs::exists(run / "eval/4"));
  // Images of another hospital, with names that the run's rule does not match.
  fs::create_directories(scratch.path() / "hospital");
  fs::copy(data / "test", scratch.path() / "hospital", fs::copy_options::recursive);
  for (const char* name : {"ill", "well"})
    for (const auto& entry : fs::directory_iterator(scratch.path() / "hospital" / name))
      fs::rename(entry.path(), entry.path().parent_path() / ("scan" + entry.path().filename().string()));
  const std::string other = "vgg-finetune eval " + run.string() + " " + (scratch.path() / "hospital").string();
  const Run unknown = shell(other);
  CHECK(unknown.code == 3);
  CHECK(unknown.output.find("with --group-by none") != unknown.output.npos);
  CHECK_FALSE(fs::exists(run / "eval/4"));
  const Run by_itself = shell(other + " --group-by none");
  CHECK_MESSAGE(by_itself.code == 0, by_itself.output);
  CHECK(by_itself.output.find("too optimistic") == by_itself.output.npos);
  CHECK(eval("--split val").output.find("these metrics are too optimistic") != std::string::npos);
  CHECK(eval("--split train").output.find("do not apply to unseen ones") != std::string::npos);

  fs::copy_file(data / "train/ill/p0_0.png", data / "test/ill/p0_9.png");
  fs::remove_all(run);
  CHECK(train("--group-by none").code == 2);
  CHECK(train("--group-by '^(p[0-9]+)_'").code == 3);
  REQUIRE(train("--group-by '^(p[0-9]+)_' --allow-group-overlap").code == 0);
  CHECK(slurp(run / "report.html").find("these results are too optimistic") != std::string::npos);
}
