// train --config: starts from the options of another run.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "tests/cli/cli_fixture.h"

using namespace graft;
namespace fs = std::filesystem;

namespace {

struct Fixture : CliFixture {
  Fixture() : CliFixture({"a", "b"}, 6) {}
  Run train(const std::string& options, const std::string& out) const {
    return shell("vgg-finetune train " + options + " --out " + at(out));
  }
  nlohmann::json training(const std::string& run) const { return read_json(run + "/config.json").at("training"); }
};

constexpr const char* kMany =
    "--head gap:6 --dropout 0.25 --head-init glorot --unfreeze block5 --optimizer sgd --momentum 0.5 --l2 1e-4 "
    "--lr "
    "3e-3 --schedule step:every=1,factor=0.5 --lr-mult block5=0.25 --label-smoothing 0.125 --class-weights "
    "balanced "
    "--augment medical-gentle,rotation=5 --resize nearest --fit crop --preprocess torchvision --seed 77 --private "
    "--exclude '*_mask.png' --log-steps --kernel conv2d=im2col ";

}  // namespace

TEST_CASE_FIXTURE(Fixture, "the options of another run give the same run") {
  const Run first = train(data.string() + " " + tiny(kMany), "first");
  REQUIRE_MESSAGE(first.code == 0, first.output);
  for (const char* config : {"first/config.json", "first"}) {
    fs::remove_all(at("again"));
    const Run again = train("--config " + at(config), "again");
    REQUIRE_MESSAGE(again.code == 0, again.output);
    CHECK(training("again") == training("first"));
    for (const char* file : {"model.h5", "history.csv", "predictions.csv"})
      CHECK(slurp(at("again/" + std::string(file))) == slurp(at("first/" + std::string(file))));
  }
}

TEST_CASE_FIXTURE(Fixture, "options on the command line take precedence, and lists of patterns are replaced") {
  REQUIRE(train(data.string() + " " + tiny(kMany), "first").code == 0);
  fs::copy(data, at("other"), fs::copy_options::recursive);
  const Run second =
      train(at("other") + " --config " + at("first") + " --seed 5 --only '*.png' --exclude none", "second");
  REQUIRE_MESSAGE(second.code == 0, second.output);
  auto wanted = training("first");
  wanted["seed"] = 5, wanted["data"] = at("other");
  wanted["only"] = {"*.png"}, wanted["exclude"] = {"none"};
  CHECK(training("second") == wanted);
  CHECK(slurp(at("second/model.h5")) != slurp(at("first/model.h5")));
}

TEST_CASE_FIXTURE(Fixture,
                  "files that differ from those of the other run are an error before anything is written") {
  REQUIRE(train(data.string() + " " + tiny("--seed 3"), "start").code == 0);
  REQUIRE(train(data.string() + " " + tiny("--head-weights " + at("start/model.h5")), "first").code == 0);
  REQUIRE(train(data.string() + " " + tiny("--seed 4"), "other").code == 0);
  fs::copy_file(at("other/model.h5"), at("start/model.h5"), fs::copy_options::overwrite_existing);
  const Run replaced = train("--config " + at("first"), "second");
  CHECK_MESSAGE(replaced.code == 3, replaced.output);
  CHECK_MESSAGE(replaced.output.find("the head weights file is not the one") != replaced.output.npos,
                replaced.output);
  CHECK_FALSE(fs::exists(at("second")));
  CHECK(train("--config " + at("first") + " --head-weights " + at("start/model.h5"), "second").code == 0);
}

TEST_CASE_FIXTURE(Fixture, "a changed table of class weights is another run") {
  std::ofstream(at("weights.csv")) << "a,1\nb,2\n";
  REQUIRE(train(data.string() + " " + tiny("--class-weights " + at("weights.csv")), "first").code == 0);
  REQUIRE(train("--config " + at("first"), "same").code == 0);
  std::ofstream(at("weights.csv")) << "a,1\nb,4\n";
  const Run other = train("--config " + at("first"), "other");
  CHECK_MESSAGE(other.code == 3, other.output);
  CHECK_MESSAGE(other.output.find("the table of class weights") != other.output.npos, other.output);
  CHECK(train("--config " + at("first") + " --class-weights " + at("weights.csv"), "named").code == 0);
}

TEST_CASE_FIXTURE(Fixture, "a preprocessing that differs from that of the weights causes a warning") {
  REQUIRE(train(data.string() + " " + tiny("--preprocess torchvision"), "start").code == 0);
  const std::string weights = " --weights " + at("start/model.h5 ");
  const auto warned = [&](const std::string& options, const std::string& out) {
    const Run run =
        train(data.string() + weights + "--model vgg-tiny --image-size 32 --head gap --epochs 1 " + options, out);
    CHECK_MESSAGE(run.code == 0, run.output);
    return run.output.find("warning: " + at("start/model.h5") +
                           ": these weights were trained with preprocessing "
                           "\"torchvision\", but keras-caffe is used here") != run.output.npos;
  };
  CHECK_FALSE(warned("", "own"));
  CHECK_FALSE(warned("--preprocess torchvision", "same"));
  CHECK(warned("--preprocess keras-caffe", "other"));
}

TEST_CASE_FIXTURE(Fixture, "a mistake is blamed on the command line or on the configuration, wherever it is") {
  REQUIRE(train(data.string() + " " + tiny("--unfreeze block5"), "first").code == 0);
  const auto code = [&](const std::string& options) {
    const Run run = train("--config " + at("first") + options, "second");
    CAPTURE(options);
    INFO(run.output);
    CHECK_FALSE(fs::exists(at("second")));
    return run.code;
  };
  for (const char* options :
       {" --device abacus", " --unfreeze block9", " --lr-mult block9=1", " --model vgg99", " --kernel conv2d=nope",
        " --warmup-epochs 9", " --private=yes", " --no-private=yes", " --calibrate=99999999999999999999"})
    CHECK(code(options) == 2);
  CHECK(train("--config " + at("first"), "first").code == 2);  // it exists
  const std::string written = slurp(at("first/config.json"));
  for (const auto& [from, to] :
       std::vector<std::pair<std::string, std::string>>{{"\"unfreeze\": \"block5\"", "\"unfreeze\": \"block9\""},
                                                        {"\"lr_mult\": \"\"", "\"lr_mult\": \"block9=1\""}}) {
    CAPTURE(to);
    const size_t found = written.find(from);
    REQUIRE(found != written.npos);
    std::ofstream(at("first/config.json")) << std::string(written).replace(found, from.size(), to);
    CHECK(code("") == 3);
    CHECK(code(" --lr 1e-3") == 3);  // has nothing to do with it
  }
}

TEST_CASE_FIXTURE(Fixture, "flags of another run can be switched off") {
  REQUIRE(train(data.string() + " " + tiny("--private --log-steps"), "first").code == 0);
  REQUIRE(train("--config " + at("first") + " --no-private --no-log-steps", "second").code == 0);
  CHECK(training("second").at("private") == false);
  CHECK_FALSE(fs::exists(at("second/steps.csv")));
}

TEST_CASE_FIXTURE(Fixture, "an empty text is no name of a preset or configuration") {
  for (const char* options : {" --preset ''", " --config ''", " --resume ''"}) {
    const Run run = train(data.string() + options + tiny(""), "no");
    CHECK_MESSAGE(run.code == 2, run.output);
    CHECK_FALSE(fs::exists(at("no")));
  }
}

TEST_CASE_FIXTURE(Fixture, "an invalid configuration is refused") {
  const auto refused = [&](const std::string& options, int code, const char* words) {
    const Run run = train(options, "no");
    CHECK_MESSAGE(run.code == code, run.output);
    CHECK_MESSAGE(run.output.find(words) != run.output.npos, run.output);
    CHECK_FALSE(fs::exists(at("no")));
  };
  refused("--config " + at("nowhere.json"), 3, "no such file");
  refused("--config " + data.string(), 3, "not a run folder");
  std::ofstream(at("empty.json")) << "";
  refused("--config " + at("empty.json"), 3, "empty.json");
  REQUIRE(train(data.string() + " " + tiny(""), "first").code == 0);
  const std::string good = slurp(at("first/config.json"));
  const auto damaged = [&](const char* field, const nlohmann::json& value, const char* words) {
    auto config = nlohmann::json::parse(good);
    config["training"][field] = value;
    std::ofstream(at("damaged.json")) << config.dump();
    refused("--config " + at("damaged.json"), 3, words);
  };
  damaged("patience", -1, "'patience' has an impossible value");  // test_config_json.cpp has every field
  damaged("positive", "c", "--positive");                         // a fault of the file, not of the command line
  damaged("unfreeze", "block9", "has no layer 'block9'");
  damaged("data", "", "damaged.json");
  refused("--config " + at("first") + " --preset tutorial", 2, "--preset and --config");
  const Run resumed = shell("vgg-finetune train --resume " + at("first") + " --config " + at("first"));
  CHECK_MESSAGE(resumed.code == 2, resumed.output);
}
