// Test images without classes, and splits under other names: the same rules for train, check, split and eval.
#include <doctest/doctest.h>

#include <algorithm>
#include <functional>

#include "engine/audit/audit.h"
#include "engine/data/dataset.h"
#include "engine/data/split.h"
#include "engine/data/walk.h"
#include "kernels/api/error.h"
#include "tests/support/faulty_dataset.h"
#include "tests/support/notes.h"

namespace graft::test {
namespace {

namespace fs = std::filesystem;
using Names = std::vector<std::string>;

// train/{a,b} with two files each, which are never decoded, and more.
struct Fixture : FaultyDataset {
  fs::path data = path() / "data";
  const std::vector<double> shares = {0.5, 0.5};

  void files(const Names& names) const {
    for (const std::string& name : names) file(name, name);
  }
  void train() const { files({"train/a/1.png", "train/a/2.png", "train/b/3.png", "train/b/4.png"}); }
  SplitPlan plan(const DataRules& rules = {}) const { return plan_split(data, rules, "", shares, 1); }
  std::string eval_says() const {
    Notes notes;
    try {
      scan_split(data / "test", data, {"a", "b"}, {}, notes, notes);
    } catch (const Error& e) {
      return e.what();
    }
    return "";
  }
  int unlabelled() const {
    const AuditReport report = audit_data(data, {}, [](int64_t, int64_t) { return true; });
    CHECK(std::ranges::count(report.findings, "unknown-class", &Finding::code) == 0);
    return int(std::ranges::count(report.findings, "unlabelled", &Finding::code));
  }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "for every command, a test folder without any known class is not a test set") {
  const struct {
    Names test;
    const char* says;
  } cases[] = {
      {{"test/test1/7.png"}, "test: its only folder 'test1' is none of the classes"},
      {{"test/images/7.png", "test/images/x/8.png"}, "test: its only folder 'images' is none of the classes"},
      {{"test/patient7/7.png", "test/patient8/8.png"},
       "test: none of its 2 folders is a class ('patient7', 'patient8')"},
      {{"test/7.png"}, "test has no class folders"}};
  for (const auto& [test, says] : cases) {
    CAPTURE(says);
    fs::remove_all(data);
    train(), files(test);
    const Dataset d = scan_dataset(data);
    CHECK((d.train.size() == 4 && d.test.empty()));
    Notes told = d.warnings;
    told.insert(told.end(), d.notes.begin(), d.notes.end());
    CHECK(any_advises(told, std::string(says) + ", so nothing is tested", "predict", data / "test"));
    CHECK(unlabelled() == 1);
    const SplitPlan p = plan();
    CHECK(p.classes == Names{"a", "b"});
    CHECK(p.images.size() == 4);
    told = p.warnings;
    told.insert(told.end(), p.notes.begin(), p.notes.end());
    CHECK(any_advises(told, std::string(says) + ", so its images are left out", "predict", data / "test"));
    CHECK(eval_says().find("so there is nothing to compare with") != std::string::npos);
  }
}

TEST_CASE_FIXTURE(Fixture, "a test folder with only some known classes, or other spellings of them, is an error") {
  for (const Names& test :
       {Names{"test/a/7.png", "test/c/8.png"}, Names{"test/A/7.png"}, Names{"test/images/a/7.png"}}) {
    CAPTURE(test[0]);
    fs::remove_all(data);
    train(), files(test);
    CHECK_THROWS_WITH_AS(scan_dataset(data), doctest::Contains("is not one of the trained classes (a, b"), Error);
    CHECK(eval_says().find("is not one of the trained classes") != std::string::npos);
    const AuditReport report = audit_data(data, {}, [](int64_t, int64_t) { return true; });
    CHECK(std::ranges::count(report.findings, "unknown-class", &Finding::code) == 1);
  }
  CHECK_THROWS_WITH_AS(scan_dataset(data),
                       doctest::Contains(("move those up, to stand in " + (data / "test").string()).c_str()),
                       Error);
  files({"val/c/9.png"});
  fs::remove_all(data / "test");
  CHECK(
      any_has(scan_dataset(data).warnings, "its only folder 'c' is none of the classes, so nothing is validated"));
}

TEST_CASE_FIXTURE(Fixture, "splits with longer names are recognised by their classes") {
  const struct {
    const char *train, *test, *command;
  } cases[] = {{"training_set", "test_set", "ln -s test_set test && ln -s training_set train"},
               {"cat-train", "cat-Test", "ln -s cat-Test test && ln -s cat-train train"},
               {"seg_train/seg_train", "seg_test/seg_test",
                "ln -s seg_test/seg_test test && ln -s seg_train/seg_train train"},
               {"Training", "validation data", "ln -s Training train && ln -s 'validation data' val"},
               {"train", "test_set", "ln -s test_set test"}};
  for (const auto& [train, test, command] : cases) {
    CAPTURE(command);
    fs::remove_all(data);
    for (const std::string split : {train, test}) files({split + "/a/1.png", split + "/b/2.png"});
    for (const auto& refused :
         {std::function<void()>([&] { scan_dataset(data); }), std::function<void()>([&] { plan(); })})
      CHECK_THROWS_WITH_AS(refused(), doctest::Contains(command), Error);
    const AuditReport report = audit_data(data, {}, [](int64_t, int64_t) { return true; });
    CHECK(std::ranges::count(report.findings, "misnamed-split", &Finding::code) > 0);
  }
  // Classes with such names: they contain other folders, or none.
  fs::remove_all(data);
  files({"train_station/x/1.png", "train_station/y/1.png", "test_tube/u/2.png", "test_tube/v/2.png"});
  CHECK(misnamed_splits(data).empty());
  fs::remove_all(data);
  files({"train_station/1.png", "test_tube/2.png"});
  CHECK(plan().classes == Names{"test_tube", "train_station"});
}

TEST_CASE_FIXTURE(Fixture, "the prefix for an old split does not make a name too long") {
  const std::string name = std::string(247, 'n') + ".png", accents = [] {
    std::string text;
    for (int i = 0; i < 126; ++i) text += "\xC3\xA9";
    return text;
  }();
  for (const char* split : {"train", "test"})
    for (const char* c : {"a", "b"}) {
      file(std::string(split) + "/" + c + "/" + name, std::string(split) + c);
      file(std::string(split) + "/" + c + "/" + accents, std::string(split) + c + "2");
    }
  const SplitPlan p = plan();
  REQUIRE(p.images.size() == 8);
  std::vector<std::string> names;
  for (const PlannedImage& image : p.images) {
    names.push_back(image.class_name + "/" + image.name.string());
    CHECK(image.name.string().size() <= 255);
    CHECK(image.relative.size() > 255);  // the manifest contains the source
  }
  std::ranges::sort(names);
  CHECK(std::ranges::adjacent_find(names) == names.end());
  CHECK(std::ranges::count_if(
            names, [](const std::string& n) { return n.find("/test-n") != n.npos && n.ends_with(".png"); }) == 2);
}

TEST_CASE_FIXTURE(Fixture, "labels that differ only in spelling have to be corrected in the table") {
  files({"i/1.png", "i/2.png"});
  std::ofstream(path() / "t.csv") << "image,label\n1,B\n2,b\n";
  const DataRules rules{{}, {}, (path() / "t.csv").string(), {}};
  CHECK_THROWS_WITH_AS(plan(rules), doctest::Contains("t.csv: two labels have names that people take for one"),
                       Error);
  CHECK_THROWS_WITH_AS(scan_dataset(data, rules), doctest::Contains("write them alike in that table"), Error);
}

}  // namespace graft::test
