// The metrics against scikit-learn, on a stored file of random sets or on the file GRAFT_METRIC_CASES (`./dev parity`
// makes one of a thousand sets); also undefined metrics, intervals, temperature and thresholds.
#include <doctest/doctest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include "engine/base/rng.h"
#include "engine/metrics/bootstrap.h"
#include "engine/metrics/calibration.h"
#include "engine/metrics/operating_point.h"
#include "tests/support/places.h"

using namespace graft;
using nlohmann::json;

namespace {

// probs: [classes]; the loss is computed from them.
Prediction prediction(int label, std::vector<float> probs) {
  return {0, label, -std::log(double(probs[size_t(label)])), std::move(probs)};
}

// Returns the prediction for these logits.
Prediction from_logits(int label, std::vector<float> logits) {
  const double top = *std::max_element(logits.begin(), logits.end());
  double sum = 0;
  for (const float z : logits) sum += std::exp(z - top);
  std::vector<float> probs;
  for (const float z : logits) probs.push_back(float(std::exp(z - top) / sum));
  return {0, label, std::log(sum) - (logits[size_t(label)] - top), std::move(probs), std::move(logits)};
}

std::vector<Prediction> cooled(const std::vector<Prediction>& all, double temperature) {
  std::vector<Prediction> result;
  for (const Prediction& p : all) {
    std::vector<float> logits = p.logits;
    for (float& z : logits) z = float(z / temperature);
    result.push_back(from_logits(p.label, std::move(logits)));
  }
  return result;
}

std::vector<Prediction> from_json(const json& one) {
  std::vector<Prediction> predictions;
  for (size_t i = 0; i < one.at("labels").size(); ++i)
    predictions.push_back(prediction(one.at("labels")[i], one.at("probs")[i].get<std::vector<float>>()));
  return predictions;
}

void check_equal(const std::optional<double>& ours, const json& theirs, const char* key) {
  CAPTURE(key);
  if (theirs.is_null()) {
    CHECK_FALSE(ours);
    return;
  }
  REQUIRE(ours);
  CHECK(std::abs(*ours - theirs.get<double>()) <= 1e-6 * std::max(1.0, std::abs(theirs.get<double>())));
}

// A binary set: of each class, `right` of `count` images are classified correctly, with p = 0.8.
std::vector<Prediction> binary(int count, int right) {
  std::vector<Prediction> all;
  for (int i = 0; i < 2 * count; ++i) {
    const int label = i % 2, predicted = i / 2 < right ? label : 1 - label;
    all.push_back(prediction(label, {predicted ? 0.2f : 0.8f, predicted ? 0.8f : 0.2f}));
  }
  return all;
}

double width(const std::optional<Interval>& i) {
  REQUIRE(i);
  return i->high - i->low;
}

}  // namespace

TEST_CASE("metrics equal scikit-learn on random sets") {
  const char* other = std::getenv("GRAFT_METRIC_CASES");
  std::ifstream file(other ? std::filesystem::path(other) : golden_folder() / "metrics.json");
  REQUIRE(file.good());
  const json all = json::parse(file);
  REQUIRE(all.at("cases").size() >= (other ? 1000 : 40));
  int number = 0;
  for (const json& one : all.at("cases")) {
    CAPTURE(number);
    ++number;
    const std::vector<Prediction> predictions = from_json(one);
    const json& expected = one.at("expected");
    const int classes = int(expected.at("classes").size());
    const Scores scores = score(predictions, classes);
    for (int m = 0; m < kOveralls; ++m)
      check_equal(scores[Overall(m)], expected.at(text(Overall(m)).key), text(Overall(m)).key);
    for (int c = 0; c < classes; ++c)
      for (int m = 0; m < kPerClasses; ++m)
        check_equal(scores.at(size_t(c), PerClass(m)), expected.at("classes")[size_t(c)].at(text(PerClass(m)).key),
                    text(PerClass(m)).key);
    CHECK(confusion_of(predictions, classes) == expected.at("confusion").get<Confusion>());
  }
  MESSAGE(number, " sets compared with scikit-learn ", all.at("scikit-learn").get<std::string>());
}

TEST_CASE("all metrics of an empty set are undefined") {
  const Scores scores = score({}, 3);
  for (const auto& value : scores.overall) CHECK_FALSE(value);
  for (const auto& of_class : scores.classes)
    for (const auto& value : of_class) CHECK_FALSE(value);
  const Intervals intervals = bootstrap_scores({}, 3, {}, {});
  for (const auto& value : intervals.overall) CHECK_FALSE(value);
  CHECK(roc_curve({}, 0).empty());
  CHECK_THROWS_AS(fit_temperature({}), Error);
}

TEST_CASE("a weight of n counts like n copies of a prediction") {
  const std::vector<Prediction> few = {prediction(0, {0.7f, 0.2f, 0.1f}), prediction(1, {0.3f, 0.3f, 0.4f}),
                                       prediction(2, {0.1f, 0.1f, 0.8f}), prediction(1, {0.2f, 0.6f, 0.2f})};
  const std::vector<uint32_t> times = {3, 0, 1, 2};
  std::vector<Prediction> copies;
  for (size_t i = 0; i < few.size(); ++i) copies.insert(copies.end(), times[i], few[i]);
  const Scores weighted = Scorer(few, 3).weighted(times), copied = score(copies, 3);
  for (size_t m = 0; m < weighted.overall.size(); ++m) {
    REQUIRE(bool(weighted.overall[m]) == bool(copied.overall[m]));
    if (copied.overall[m]) CHECK(*weighted.overall[m] == doctest::Approx(*copied.overall[m]).epsilon(1e-12));
  }
  for (size_t c = 0; c < 3; ++c) CHECK(weighted.classes[c] == copied.classes[c]);
}

TEST_CASE("bootstrap: the width matches the textbook formula, depends on the seed, and grows with groups") {
  const std::vector<Prediction> set = binary(100, 80);
  const Intervals one = bootstrap_scores(set, 2, {}, {.seed = 5});
  const double textbook = 2 * 1.96 * std::sqrt(0.8 * 0.2 / 200);
  CHECK(width(one[Overall::accuracy]) == doctest::Approx(textbook).epsilon(0.08));
  CHECK(one[Overall::accuracy]->low < 0.8);
  CHECK(one[Overall::accuracy]->high > 0.8);

  const Intervals again = bootstrap_scores(set, 2, {}, {.seed = 5}),
                  other = bootstrap_scores(set, 2, {}, {.seed = 6});
  CHECK(again[Overall::loss]->low == one[Overall::loss]->low);
  CHECK(other[Overall::loss]->low != one[Overall::loss]->low);

  // Patients of ten images each, all right or all wrong: a tenth of the independent samples.
  std::vector<int> patient;
  for (int i = 0; i < 200; ++i) patient.push_back(1000 * (i % 2) + i / 2 / 10);
  const Intervals grouped = bootstrap_scores(set, 2, patient, {.seed = 5});
  CHECK(width(grouped[Overall::accuracy]) == doctest::Approx(std::sqrt(10.0) * textbook).epsilon(0.15));
}

TEST_CASE(
    "bootstrap: intervals contain the set's own value; the calibration error, for which they would not, has none") {
  // A calibrated model on 40 sets of 300 images: its true calibration error is 0.
  RandomStream random(7, Purpose::demo);
  for (int set = 0; set < 40; ++set) {
    std::vector<Prediction> all;
    for (int i = 0; i < 300; ++i) {
      const double p = 1 / (1 + std::exp(-2 * random.normal()));
      all.push_back(prediction(random.uniform() < p, {float(1 - p), float(p)}));
    }
    const Scores scores = score(all, 2);
    const Intervals intervals = bootstrap_scores(all, 2, {}, {.draws = 300, .seed = uint64_t(set)});
    for (int m = 0; m < kOveralls; ++m) {
      CAPTURE(text(Overall(m)).key);
      REQUIRE(scores[Overall(m)]);
      const auto& interval = intervals[Overall(m)];
      CHECK(bool(interval) == (text(Overall(m)).no_interval == nullptr));
      if (!interval) continue;
      CHECK(interval->low <= *scores[Overall(m)]);
      CHECK(interval->high >= *scores[Overall(m)]);
    }
  }
  CHECK(text(Overall::ece).no_interval);
}

TEST_CASE("bootstrap: strata keep the class counts; undefined metrics have no interval") {
  std::vector<Prediction> set = binary(30, 20);
  for (Prediction& p : set) p.probs.push_back(0);  // a third class, without images
  const Intervals intervals = bootstrap_scores(set, 3, {}, {.draws = 200});
  CHECK_FALSE(intervals.at(2, PerClass::recall));
  CHECK_FALSE(intervals[Overall::auroc]);
  REQUIRE(intervals[Overall::balanced_accuracy]);
  const Units units = make_units(set, {}, 3);
  bootstrap(units, {.draws = 50}, [&](std::span<const uint32_t> times) {
    uint32_t zeros = 0, all = 0;
    for (size_t i = 0; i < times.size(); ++i) all += times[i], zeros += set[i].label == 0 ? times[i] : 0;
    CHECK(zeros == 30);
    CHECK(all == 60);
    return std::vector<std::optional<double>>{};
  });
}

TEST_CASE("temperature: a known value is recovered, and predictions are rescaled") {
  // Logits of a perfectly calibrated model, three times too sharp: the best temperature is three.
  std::vector<Prediction> sharp;
  RandomStream random(3, Purpose::demo);
  for (int i = 0; i < 20000; ++i) {
    const double logit = random.normal() * 1.5, p = 1 / (1 + std::exp(-logit));
    sharp.push_back(from_logits(random.uniform() < p, {0, float(3 * logit)}));
  }
  const double t = fit_temperature(sharp);
  CHECK(t == doctest::Approx(3).epsilon(0.03));
  const std::vector<Prediction> calm = cooled(sharp, t);
  CHECK(*score(calm, 2)[Overall::ece] < 0.015);
  CHECK(*score(sharp, 2)[Overall::ece] > 0.05);
  CHECK(*score(calm, 2)[Overall::accuracy] == *score(sharp, 2)[Overall::accuracy]);
  CHECK(fit_temperature(std::vector{from_logits(1, {0, 2})}) == doctest::Approx(1 / kMaxTemperature));
  CHECK(fit_temperature(std::vector{from_logits(0, {0, 2})}) == doctest::Approx(kMaxTemperature));
}

TEST_CASE("temperature: no other is better, even if probabilities are too small for a float") {
  std::vector<Prediction> set(40, from_logits(0, {30, 0}));  // right, and one so wrong that its probability is 0
  set.push_back(from_logits(0, {0, 150}));
  CHECK(set.back().probs[0] == 0);
  const double t = fit_temperature(set), best = *score(cooled(set, t), 2)[Overall::loss];
  CHECK(t == doctest::Approx(15.42).epsilon(0.002));  // 40 * 30 / (1 + e^(30/T)) = 150 / (1 + e^(-150/T))
  for (const double other : {0.75, 0.97, 1.03, 1.25}) {
    CAPTURE(other);
    CHECK(*score(cooled(set, t * other), 2)[Overall::loss] > best);
  }
}

TEST_CASE("operating points: chosen on one set, applied to another") {
  std::vector<Prediction> val;
  for (float p : {0.9f, 0.8f, 0.7f, 0.3f}) val.push_back(prediction(1, {1 - p, p}));
  for (float p : {0.6f, 0.2f, 0.1f, 0.05f}) val.push_back(prediction(0, {1 - p, p}));
  const std::vector<OperatingPoint> points = choose_operating_points(val, 1);
  REQUIRE(points.size() == 3);
  CHECK(points[0].threshold == doctest::Approx(0.65));  // 3/4 + 4/4; 0.25 gives 4/4 + 3/4 and is farther from 1/2
  CHECK(points[1].threshold == doctest::Approx(0.25));
  CHECK(points[2].threshold == doctest::Approx(0.25));
  const PointScores there = score_at(points[0], val);
  CHECK(*there.sensitivity == 0.75);
  CHECK(*there.specificity == 1);
  CHECK(*there.ppv == 1);
  CHECK(*there.npv == 0.8);
  const std::vector<Prediction> healthy(val.begin() + 4, val.end());
  CHECK(choose_operating_points(healthy, 1).empty());
  CHECK_FALSE(score_at(points[0], healthy).sensitivity);
  CHECK_FALSE(score_at(points[0], healthy).ppv);
  CHECK(choose_operating_points(val, 0)[0].threshold == doctest::Approx(0.35));

  // The area under the curve's points is the AUROC.
  const std::vector<RocPoint> curve = roc_curve(val, 1);
  double area = 0;
  for (size_t i = 1; i < curve.size(); ++i)
    area += (curve[i].false_positive_rate - curve[i - 1].false_positive_rate) *
            (curve[i].true_positive_rate + curve[i - 1].true_positive_rate) / 2;
  CHECK(area == doctest::Approx(*score(val, 2).at(1, PerClass::auroc)));
  CHECK(curve.back().true_positive_rate == 1);
}
