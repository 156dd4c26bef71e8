// Splits: whole groups, classes in their shares, deterministic by seed; and leaks found before training.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "engine/audit/leaks.h"
#include "engine/data/split.h"
#include "engine/data/survey.h"
#include "kernels/api/error.h"
#include "tests/support/faulty_dataset.h"

namespace graft::test {
namespace {

std::vector<std::vector<int>> count(const std::vector<int>& label, const std::vector<int>& part, size_t parts,
                                    int classes) {
  std::vector<std::vector<int>> counts(parts, std::vector<int>(size_t(classes), 0));
  for (size_t i = 0; i < label.size(); ++i) ++counts[part[i]][label[i]];
  return counts;
}

Dataset looked_at(const std::filesystem::path& data) {
  Dataset d = scan_dataset(data);
  const std::array<std::vector<Sample>*, 3> splits = {&d.train, &d.val, &d.test};
  survey(splits, 1, [](int64_t, int64_t) { return true; });
  return d;
}

}  // namespace

TEST_CASE("without groups every class is within one image of its share") {
  for (uint64_t seed = 0; seed < 60; ++seed) {
    RandomStream random(seed, Purpose::demo);
    const int classes = 1 + int(random.below(5)), images = 1 + int(random.below(400));
    std::vector<int> label, group;
    for (int i = 0; i < images; ++i) label.push_back(int(random.below(uint32_t(classes)))), group.push_back(i);
    const std::vector<std::vector<double>> choices = {{0.7, 0.15, 0.15}, {0.5, 0.5}, {0.2, 0.2, 0.2, 0.2, 0.2}};
    const std::vector<double> shares = choices[seed % 3];
    const std::vector<int> part = assign_parts(label, group, shares, seed);
    const auto counts = count(label, part, shares.size(), classes);
    for (size_t p = 0; p < shares.size(); ++p)
      for (int c = 0; c < classes; ++c) {
        const double wanted = shares[p] * double(std::ranges::count(label, c));
        REQUIRE(std::abs(counts[p][c] - wanted) <= 1);
      }
    CHECK(assign_parts(label, group, shares, seed) == part);
  }
}

TEST_CASE("groups stay whole, and parts are within about one group of their shares") {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    RandomStream random(seed, Purpose::demo);
    std::vector<int> label, group;
    size_t largest = 0;
    const int groups = 20 + int(random.below(80));
    for (int g = 0; g < groups; ++g) {
      const uint32_t size = 1 + random.below(12), own = random.below(3);
      largest = std::max<size_t>(largest, size);
      for (uint32_t i = 0; i < size; ++i) {
        group.push_back(g);
        label.push_back(int(random.below(4) ? own : random.below(3)));  // mostly of one class
      }
    }
    const std::vector<double> shares = {0.6, 0.2, 0.2};
    const std::vector<int> part = assign_parts(label, group, shares, seed);
    std::map<int, std::set<int>> parts_of;
    for (size_t i = 0; i < part.size(); ++i) parts_of[group[i]].insert(part[i]);
    for (const auto& [g, parts] : parts_of) REQUIRE(parts.size() == 1);
    for (int p = 0; p < 3; ++p)
      REQUIRE(std::abs(double(std::ranges::count(part, p)) - shares[p] * double(part.size())) <= 3.0 * largest);
  }
}

TEST_CASE("splits depend on the seed, and may have a group larger than all shares") {
  std::vector<int> label(200, 0), group(200);
  for (int i = 0; i < 200; ++i) group[i] = i;
  const std::vector<double> shares = {0.8, 0.2};
  CHECK(assign_parts(label, group, shares, 1) != assign_parts(label, group, shares, 2));
  std::fill(group.begin(), group.end(), 0);
  CHECK(assign_parts(label, group, shares, 1) == std::vector<int>(200, 0));
  CHECK(assign_parts({}, {}, shares, 1).empty());
}

TEST_CASE("a plan keeps patients and copies together, across folders") {
  FaultyDataset p;
  p.clean();
  p.copy("train/none/p0_s0.png", "test/none/p0 of test.png");
  p.copy("train/cyst/p0_s1.png", "test/cyst/p0_s1.png");  // under the same name
  const std::vector<double> shares = {0.6, 0.2, 0.2};
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const SplitPlan plan = plan_split(p.path() / "data", {}, "^(p\\d+)", shares, seed);
    CHECK((plan.was_split && plan.groups == 20 && plan.copies == 2 && plan.images.size() == 42));
    std::vector<int> part;
    std::set<std::string> names;
    for (const PlannedImage& image : plan.images) {
      part.push_back(image.part);
      CHECK(names.insert(image.class_name + "/" + image.name.string()).second);
    }
    CHECK(names.contains("cyst/train-p0_s1.png") + names.contains("cyst/test-p0_s1.png") == 1);
    REQUIRE(shared_groups(plan.images, part) == 0);
    part[0] = 1 - std::min(part[0], 1);  // checks that shared_groups() can fail
    CHECK(shared_groups(plan.images, part) > 0);
  }
  CHECK_THROWS_WITH_AS(plan_split(p.path() / "data", {}, "^p1(\\d)", shares, 1),
                       doctest::Contains("every image needs"), Error);
}

TEST_CASE("copies between splits and shared groups are found before training") {
  FaultyDataset p;
  p.clean();
  const auto data = p.path() / "data";
  CHECK(copies_across_splits(looked_at(data)).empty());
  p.copy("train/none/p0_s0.png", "test/cyst/p9_other.png");
  p.copy("val/none/p12_s24.png", "test/none/p9_val.png");
  p.copy("train/none/p1_s2.png", "train/none/p1_again.png");  // within a split: not reported here
  std::string longer = p.bytes("train/none/p0_s0.png");
  longer[longer.size() / 2] ^= 1;  // of equal size, but different
  p.file("test/none/p9_changed.png", longer);
  p.file("test/none/p9_empty.png", "").file("train/none/p9_empty.png", "");
  const auto copies = copies_across_splits(looked_at(data));
  REQUIRE(copies.size() == 2);
  CHECK(copies[0].first == data / "train/none/p0_s0.png");
  CHECK(copies[0].second == data / "test/cyst/p9_other.png");
  CHECK(copies[1].second == data / "test/none/p9_val.png");
  const GroupOverlap overlap = group_overlap(scan_dataset(data), data, GroupBy("^(p\\d+)_"));
  CHECK(overlap.groups == 20);
  CHECK(overlap.shared == std::vector<std::string>{"p9"});
  CHECK_THROWS_WITH_AS(group_overlap(scan_dataset(data), data, GroupBy("^(p1\\d)_")),
                       doctest::Contains("every image needs a group"), Error);
}

}  // namespace graft::test
