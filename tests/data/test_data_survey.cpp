// The survey of a data set before training: unreadable images are removed, with the reason, before anything is counted.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>

#include "engine/audit/leaks.h"
#include "engine/base/hash.h"
#include "engine/data/mask_search.h"
#include "engine/data/survey.h"
#include "kernels/api/error.h"
#include "tests/support/faulty_dataset.h"

namespace graft::test {
namespace {

namespace fs = std::filesystem;

struct Set : FaultyDataset {
  fs::path data = path() / "data";
  Dataset before, after;
  Survey result;
  void run_survey(int threads = 2) {
    before = after = scan_dataset(data);
    const std::array<std::vector<Sample>*, 3> splits = {&after.train, &after.val, &after.test};
    result = survey(splits, threads, [](int64_t, int64_t) { return true; });
  }
  std::string complaint() {
    run_survey();
    try {
      require_images(before, after, result, data);
    } catch (const Error& e) {
      CHECK(e.fault() == Fault::data);
      return e.what();
    }
    return "";
  }
};

constexpr const char* kWebp = "RIFF\x10\0\0\0WEBPVP8 ";

}  // namespace

TEST_CASE_FIXTURE(Set, "unreadable images are removed from the samples, the others get a digest") {
  clean();
  file("train/cyst/a.png", "no image").file("train/cyst/b.png", "no image").file("val/none/e.png", "");
  file("test/none/cut.png", bytes("test/none/p16_s32.png").substr(0, 300));
  for (const int threads : {1, 3}) {
    run_survey(threads);
    CHECK(result.files == 44);
    CHECK(result.lost == std::vector<int64_t>{2, 1, 1});
    CHECK(count_labels(after.train, 2) == std::vector<int>{12, 12});
    CHECK(after.val.size() == 8);
    CHECK(after.test.size() == 8);
    for (const Sample& s : after.train) REQUIRE(s.digest == sha256_file(s.path));
    CHECK(result.facts[0].size() == after.train.size());
  }
  const auto reasons = by_reason(result.unreadable, data);
  REQUIRE(reasons.size() == 3);
  CHECK(reasons[0].starts_with("2 x not an image"));
  CHECK(reasons[0].ends_with("(the first: train/cyst/a.png)"));
  CHECK_NOTHROW(require_images(before, after, result, data));
}

TEST_CASE_FIXTURE(Set, "a class or split without a readable image is an error with the reasons") {
  clean();
  for (const fs::path name : {"a.jpg", "b.png"}) file("train/wasp/" + name.string(), std::string(kWebp, 16));
  const std::string text = complaint();
  CHECK(text.find(
            "the class 'wasp' has no training image, since not one of its 2 files can be read: 2 x a WebP image") !=
        text.npos);
  CHECK(text.find("the first: train/wasp/a.jpg") != text.npos);
  fs::remove_all(at("train/wasp"));
  CHECK(complaint().empty());
  fs::remove_all(at("test"));
  file("test/cyst/1.tif", std::string("II*\0....", 8)).file("test/none/2.tif", std::string("II*\0....", 8));
  CHECK(complaint().find("not one of its 2 test images can be read: 2 x a TIFF image") != std::string::npos);
}

TEST_CASE_FIXTURE(Set, "a survey that is stopped leaves the samples unchanged") {
  clean();
  Dataset d = scan_dataset(data);
  const std::array<std::vector<Sample>*, 1> splits = {&d.train};
  const Survey s = survey(splits, 1, [](int64_t n, int64_t of) { return n < 3 && of == 24; });
  CHECK(!s.whole);
  CHECK(d.train.size() == 24);
}

TEST_CASE_FIXTURE(Set, "equal files under two labels and in two splits are found") {
  clean();
  copy("train/none/p0_s0.png", "train/cyst/again.png").copy("train/cyst/p0_s1.png", "test/cyst/again.png");
  copy("train/none/p1_s2.png", "val/cyst/both.png");
  run_survey();
  const Copies classes = copies_across_classes(after), splits = copies_across_splits(after);
  REQUIRE(classes.size() == 2);
  REQUIRE(splits.size() == 2);
  CHECK(splits[0].second == at("test/cyst/again.png"));
}

TEST_CASE_FIXTURE(Set, "groups that are probably the same patient are reported") {
  clean();
  run_survey();
  CHECK(group_overlap(after, data, GroupBy("^(p\\d+)_")).doubt.empty());
  image("test/none/P3_x.png", 77);
  run_survey();
  const std::string doubt = group_overlap(after, data, GroupBy("^([pP]\\d+)_")).doubt;
  CHECK(doubt.find("1 pair of groups have names that people take for one") == 0);
  CHECK(doubt.find("'P3' and 'p3' (bytes 50 and 70)") != std::string::npos);
}

TEST_CASE("masks are found by name and by content, images that are only named like masks are not") {
  const auto find = [](std::vector<MaskCandidate> files) { return find_masks(files); };
  FoundMasks m = find({{"1.png"}, {"1_mask.png", 0, true}, {"2.png"}, {"2_mask.png"}, {"2_mask_1.png", 0, true}});
  CHECK(m.files == std::vector<size_t>{1, 3, 4});
  CHECK(describe(m, 5, "a/1_mask.png").text.find("3 of 5 files look like masks") == 0);
  CHECK(m.patterns == std::vector<std::string>{"*_mask.*", "*_mask_1.*"});
  m = find({{"images/1.png"}, {"masks/1.png"}, {"images/2.png"}, {"masks/2.png", 0, true}});
  CHECK(m.files == std::vector<size_t>{1, 3});
  CHECK(m.patterns == std::vector<std::string>{"masks"});
  m = find({{"cell.BMP"}, {"cell-d.bmp"}, {"7.BMP"}});
  CHECK(m.patterns == std::vector<std::string>{"*-d.*"});
  // A class named like that, if its images are masks.
  m = find({{"1.png", 0, false, "images"},
            {"1.png", 1, true, "masks"},
            {"2.png", 1, true, "masks"},
            {"3.png", 1, false, "masks"}});
  CHECK(m.files == std::vector<size_t>{1, 2});
  CHECK(m.patterns == std::vector<std::string>{"masks"});
  CHECK(find({{"1.png", 0, false, "with_mask"}, {"2.png", 0, true, "with_mask"}}).files.empty());
  // By content only.
  m = find(
      {{"1.jpg"}, {"1.png", 0, true}, {"2.jpg"}, {"2_lesion.png", 0, true}, {"3.jpg", 1}, {"x/4.png", 1, true}});
  CHECK(m.files == std::vector<size_t>{1, 3});
  CHECK(m.patterns.empty());
  // People with face masks; drawings in two colours; an image of another class under the same name.
  CHECK(find({{"with_mask_1.jpg"}, {"with_mask_2.jpg"}, {"mask_3.jpg"}}).files.empty());
  CHECK(find({{"1.png", 0, true}, {"1_a.png", 0, true}, {"2.png", 0, true}}).files.empty());
  CHECK(find({{"1.png", 0}, {"1.png", 1, true}}).files.empty());
}

}  // namespace graft::test
