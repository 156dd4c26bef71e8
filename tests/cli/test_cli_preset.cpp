// --preset tutorial, --head-weights and --log-steps: what another program needs to reproduce a run.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "tests/cli/cli_fixture.h"

using namespace graft;
namespace fs = std::filesystem;

namespace {

std::vector<std::vector<std::string>> read_csv(const fs::path& path) {
  std::vector<std::vector<std::string>> rows;
  std::istringstream lines(slurp(path));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream fields(line);
    rows.emplace_back();
    for (std::string field; std::getline(fields, field, ',');) rows.back().push_back(field);
  }
  return rows;
}

struct Fixture : CliFixture {
  Fixture() : CliFixture({"circle", "line", "none"}, 8) {}
  Run train(const std::string& out,
            const std::string& options) const {  // only options that the preset does not set
    return shell("vgg-finetune train " + data.string() + " " + options + " --out " + at(out));
  }
  nlohmann::json config(const std::string& run) const { return read_json(run + "/config.json"); }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "the preset sets what the tutorial does, and the command line takes precedence") {
  const Run run = train("run",
                        "--preset tutorial --weights none --model vgg-tiny --image-size 32 --epochs 1 "
                        "--steps-per-epoch 3 --batch 5");
  REQUIRE_MESSAGE(run.code == 0, run.output);
  CHECK(
      run.output.find("preset tutorial: as in the Keras script, but for --model, --weights, --image-size, --batch, "
                      "--epochs, --steps-per-epoch") != run.output.npos);
  CHECK(run.output.find("RGB/255 to weights that were trained on BGR") != run.output.npos);
  CHECK(run.output.find("3 steps of an endless stream: 5 steps use all 24 images once") != run.output.npos);
  const auto config = this->config("run");
  const auto& training = config["training"];
  CHECK(training["preset"] == "tutorial");
  CHECK(training["head_init"] == "glorot");
  CHECK(training["optimizer"] == "adam");
  CHECK(training["epsilon_form"] == "keras");
  CHECK(training["learning_rate"].get<float>() == 1e-4f);
  CHECK(training["unfreeze"] == "none");
  CHECK(training["steps_per_epoch"] == 3);
  CHECK(config["model"]["architecture"]["head"] == "flatten:1024");
  CHECK(config["model"]["preprocess"]["name"] == "tutorial");
  CHECK(config["model"]["preprocess"]["interpolation"] == "nearest");

  // Options that the tutorial lacks are departures, too; options equal to its settings are not.
  fs::create_directories(data / "val");
  fs::copy(data / "test", data / "val", fs::copy_options::recursive);
  const std::string others =
      "--precision bf16 --resize bilinear --fit crop --augment medical-gentle --augment-views 2 "
      "--cache-precision bf16 --optimizer sgd --momentum 0.5 --lr-mult head=2 --warmup-epochs 1 --finetune-lr 1e-5 "
      "--patience 3 "
      "--monitor val_accuracy --calibrate --kernel conv2d=im2col --kernel conv2d_bf16=widened";
  const Run much = train("much", "--preset tutorial --head-init glorot --keep last --unfreeze block5 " + others +
                                     tiny("--steps-per-epoch 2 --epochs 2 --head flatten:1024"));
  REQUIRE_MESSAGE(much.code == 0, much.output);
  const size_t at = much.output.find("but for ");
  REQUIRE(at != much.output.npos);
  const std::string line = much.output.substr(at, much.output.find('\n', at) - at) + ",";
  std::istringstream words(others + " --model --unfreeze --epochs --steps-per-epoch");
  for (std::string word; words >> word;)
    if (word.starts_with("--")) CHECK_MESSAGE(line.find(word + ",") != line.npos, word, " in ", line);
  for (const char* same : {"--head,", "--head-init,", "--keep,", "--lr,", "--seed,"})
    CHECK_MESSAGE(line.find(same) == line.npos, same);

  const Run passes = train("passes", "--preset tutorial " + tiny("--preprocess auto --steps-per-epoch 0"));
  REQUIRE_MESSAGE(passes.code == 0, passes.output);
  CHECK(passes.output.find("endless stream") == passes.output.npos);
  CHECK(this->config("passes")["model"]["preprocess"]["name"] == "keras-caffe");
  CHECK(this->config("passes")["training"]["head_init"] == "glorot");
}

TEST_CASE_FIXTURE(Fixture, "a head starts from the weights of a file") {
  REQUIRE(train("first", tiny("--head gap:7 --lr 1e-2 --epochs 3")).code == 0);
  // A learning rate of zero keeps the initial weights.
  const std::string same = tiny("--head gap:7 --lr 0 --seed 9 --weights " + at("first/model.h5"));
  const Run second = train("second", same + "--head-weights " + at("first/model.h5"));
  REQUIRE_MESSAGE(second.code == 0, second.output);
  CHECK(slurp(scratch.path() / "second/predictions.csv") == slurp(scratch.path() / "first/predictions.csv"));
  CHECK(config("second")["training"]["head_weights"] == at("first/model.h5"));
  REQUIRE(train("third", same).code == 0);
  CHECK(slurp(scratch.path() / "third/predictions.csv") != slurp(scratch.path() / "first/predictions.csv"));

  const Run other = train("other", tiny("--head gap:8") + "--head-weights " + at("first/model.h5"));
  CHECK(other.code == 4);
  CHECK(other.output.find("is [32, 7] in the file") == other.output.npos);
  CHECK_FALSE(fs::exists(scratch.path() / "other"));
  CHECK(train("none", tiny("") + "--head-weights " + at("no.h5")).code == 4);
}

TEST_CASE_FIXTURE(Fixture, "--log-steps names every image and survives an interruption") {
  const std::string options = "--steps-per-epoch 7 --log-steps ";
  const int epochs =
      stop_and_go(command("cut", options + kEndless), at("cut"), {{SIGKILL}, {SIGKILL, Moment::start}, {SIGKILL}});
  REQUIRE(train("whole", tiny(options + fmt::format("--epochs {}", epochs))).code == 0);
  const auto steps = read_csv(scratch.path() / "whole/steps.csv");
  const auto order = read_csv(scratch.path() / "whole/order.csv");
  REQUIRE(steps.size() == size_t(1 + epochs * 7));
  CHECK(steps[0] == std::vector<std::string>{"step", "epoch", "images", "loss", "accuracy"});
  // Batches of 5 from 24 images: the fifth of a pass has 4.
  CHECK(steps[4][2] == "5");
  CHECK(steps[5][2] == "4");
  CHECK(steps[8][1] == "2");
  std::set<std::string> pass;
  for (size_t i = 1; i <= 24; ++i) pass.insert(order[i][1]);
  CHECK(pass.size() == 24);
  CHECK(pass.count("train/circle/image0.png") == 1);
  // The mean over the images of an epoch is the value in history.csv.
  double sum = 0, images = 0;
  for (size_t i = 1; i <= 7; ++i)
    sum += std::stod(steps[i][3]) * std::stod(steps[i][2]), images += std::stod(steps[i][2]);
  CHECK(sum / images ==
        doctest::Approx(std::stod(read_csv(scratch.path() / "whole/history.csv")[1][2])).epsilon(1e-7));

  for (const char* file : {"steps.csv", "order.csv"})
    CHECK(slurp(scratch.path() / "cut" / file) == slurp(scratch.path() / "whole" / file));
}
