// Predictor, the interface for programs that embed a trained model: with one thread and with several.
#include <doctest/doctest.h>

#include <thread>

#include "engine/data/dataset.h"
#include "tests/support/child.h"
#include "tests/support/scratch.h"
#include "tools/evaluation/predictor.h"

using namespace graft;
namespace fs = std::filesystem;

namespace {

struct Fixture {
  Scratch scratch;
  fs::path data = scratch.path() / "data", run = scratch.path() / "run";
  std::vector<Sample> samples;
  std::vector<Image> images;

  Fixture() {
    draw_stripes(data, {"a", "b", "c"}, 5);
    const Run trained = shell("vgg-finetune train " + data.string() + tiny("--unfreeze block5 --epochs 2") +
                              "--out " + run.string());
    REQUIRE_MESSAGE(trained.code == 0, trained.output);
    const Dataset found = scan_dataset(data, {});
    samples = found.train;
    samples.insert(samples.end(), found.test.begin(), found.test.end());
    REQUIRE(samples.size() > 8);
    for (const Sample& s : samples) images.push_back(decode_image(s.path));
  }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "predictor: files and decoded images have the same predictions, alone or in a batch") {
  const Predictor predictor(run);
  CHECK(predictor.record().classes == std::vector<std::string>{"a", "b", "c"});
  const auto all = predictor.predict(images);
  const std::vector<Prediction> of_files = predictor.evaluate_files(samples, 4, [](int64_t) { return true; });
  REQUIRE(all.size() == samples.size());
  REQUIRE(of_files.size() == samples.size());
  for (size_t i = 0; i < samples.size(); ++i) {
    CHECK(all[i] == of_files[i].probs);
    CHECK(predictor.predict(std::span(&images[i], 1))[0] == all[i]);
  }
  CHECK(predictor.predict({}).empty());
  std::vector<Image> many;
  for (int i = 0; i < 40; ++i) many.push_back(images[size_t(i) % images.size()]);
  const auto answers = predictor.predict(many);
  REQUIRE(answers.size() == many.size());
  for (size_t i = 0; i < answers.size(); ++i) CHECK(answers[i] == all[i % all.size()]);
}

TEST_CASE_FIXTURE(Fixture, "predictor: several threads get the same predictions as one") {
  const Predictor predictor(run);
  const auto wanted = predictor.predict(images);
  const std::vector<float> map = predictor.explain(images[0], 1).map.values;
  CHECK(map != predictor.explain(images[0], 2).map.values);
  std::vector<int> wrong(4);
  {
    std::vector<std::jthread> threads;
    for (size_t t = 0; t < wrong.size(); ++t)
      threads.emplace_back([&, t] {
        for (int round = 0; round < 5; ++round) {
          wrong[t] += predictor.predict(images) != wanted;
          wrong[t] += predictor.explain(images[0], 1).map.values != map;
        }
      });
  }
  CHECK(wrong == std::vector<int>(4));
}

TEST_CASE_FIXTURE(Fixture, "predictor: a map explains the requested class, or the predicted one") {
  const Predictor predictor(run);
  const std::vector<float> probabilities = predictor.predict(std::span(&images[7], 1))[0];
  const Explained predicted = predictor.explain(images[7]);
  CHECK(predicted.map.probs == probabilities);
  CHECK(predicted.map.shown == std::ranges::max_element(probabilities) - probabilities.begin());
  CHECK(predicted.fitted.w == predictor.record().preprocess.size);
  CHECK(predictor.explain(images[7], 2).map.shown == 2);
  CHECK(predictor.explain(images[7], 0, "block3_conv1").map.h > predicted.map.h);
  for (const Image& none : {Image{}, Image{8, 8, {}, {}}, Image{-1, -1, {1, 2, 3}, {}}}) {
    CHECK_THROWS_WITH_AS(predictor.predict(std::span(&none, 1)), doctest::Contains("pixels"), Error);
    CHECK_THROWS_WITH_AS(predictor.explain(none), doctest::Contains("pixels"), Error);
  }
  CHECK_THROWS_AS(predictor.explain(images[7], 3), Error);
  CHECK_THROWS_AS(predictor.explain(images[7], 0, "block9_conv1"), Error);
}

TEST_CASE_FIXTURE(Fixture, "predictor: anything but a trained model is refused") {
  CHECK_THROWS_AS(Predictor{data}, Error);
  CHECK_THROWS_AS(Predictor(run / "history.csv"), Error);
  CHECK_THROWS_AS(Predictor(run, {.compute = {.device = "abacus"}}), Error);
  CHECK_NOTHROW(Predictor(run / "model.h5", {.precision = Precision::bf16}));
  std::ofstream(run / "model.h5", std::ios::app) << "x";
  CHECK_THROWS_AS(Predictor{run}, Error);
}
