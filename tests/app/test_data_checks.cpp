// Checks of the images before training: unreadable files, copies, groups in two splits, class weights, and whether a
// resumed run has the same classes.
#include <doctest/doctest.h>

#include "tests/support/faulty_dataset.h"
#include "tests/support/in_process.h"
#include "tests/support/recorder.h"
#include "tests/support/words.h"
#include "tools/train/class_weights.h"
#include "tools/train/data_checks.h"
#include "tools/train/skip_unreadable.h"
#include "tools/train/train_checks.h"

using namespace graft;
using graft::test::FaultyDataset;
namespace fs = std::filesystem;

TEST_CASE("data checks: unreadable images are reported by reason, or are an error") {
  FaultyDataset folder;
  folder.clean().file("train/cyst/cut.png", folder.bytes("train/cyst/p0_s1.png").substr(0, 100));
  folder.file("test/none/text.png", "no image");
  Recorder heard;
  Observers observers({&heard});
  const auto look = [&](OnBadImage on_bad) {
    Dataset data = scan_dataset(folder.path() / "data");
    return std::pair{skip_unreadable(data, folder.path() / "data", on_bad, 1, observers), data};
  };
  const auto [survey, data] = look(OnBadImage::skip);
  REQUIRE(survey);
  CHECK(survey->unreadable.size() == 2);
  CHECK(data.train.size() == 24);
  CHECK(data.test.size() == 8);
  says(heard.text_of(MessageKind::warning), "2 of 42 files cannot be read, the first: train/cyst/cut.png: ");
  says(heard.text_of(MessageKind::warning), "test/none/text.png");
  CHECK(heard.events.front() == "work reading images");
  CHECK_THROWS_WITH_AS(look(OnBadImage::fail), doctest::Contains("cut.png"), Error);

  heard.messages.clear();
  tell_skipped(messages(survey->unreadable, folder.path() / "data"), "a list has all", observers);
  says(heard.text_of(MessageKind::result), "2 images were skipped:\n  train/cyst/cut.png: ");

  Recorder impatient;
  impatient.stop_after_step = 0;
  observers.add(impatient);
  CHECK_FALSE(look(OnBadImage::skip).first);
}

TEST_CASE("data checks: copies across splits, conflicting labels, and groups in two splits are reported") {
  FaultyDataset folder;
  folder.clean().copy("train/none/p0_s0.png", "test/none/p0_again.png");
  folder.copy("train/none/p1_s2.png", "train/cyst/p1_other.png");
  Recorder heard;
  const Observers observers({&heard});
  const auto check = [&](const std::string& options) {
    TrainConfig config = options_of(options);
    config.data.folder = folder.path() / "data";
    Dataset data = scan_dataset(config.data.folder);
    const auto survey = skip_unreadable(data, config.data.folder, OnBadImage::skip, 1, observers);
    heard.messages.clear();
    check_before_training(data, *survey, config.data, observers);
  };
  check("");
  says(heard.text_of(MessageKind::warning),
       "1 image of validation or test is also in an earlier split (the first: ");
  says(heard.text_of(MessageKind::warning), "results will be too optimistic");
  says(heard.text_of(MessageKind::warning), "1 image is listed under two labels");
  CHECK_THROWS_WITH_AS(check("--group-by ^(p[0-9]+)_"),
                       doctest::Contains("1 of 20 groups have images in two splits"), Error);
  check("--group-by ^(p[0-9]+)_ --allow-group-overlap");
  says(heard.text_of(MessageKind::warning), "groups are shared between the splits");
  fs::remove(folder.at("test/none/p0_again.png")), fs::remove(folder.at("train/cyst/p1_other.png"));
  check("--group-by ^(p[0-9]+)_");
  CHECK(heard.text_of(MessageKind::warning) == "");
  says(heard.text_of(MessageKind::info), "20 groups, 0 shared between the splits");
}

TEST_CASE("data checks: class weights by count or from a table, and the classes of a resumed run") {
  Dataset data;
  data.classes = {"ill", "well"};
  for (int i = 0; i < 16; ++i) data.train.push_back({"/image", i < 6 ? 0 : 1, {}, {}});
  const Observers nobody;
  CHECK(class_weights({}, data, nobody).empty());
  CHECK(class_weights({ClassWeightsChoice::balanced, {}}, data, nobody) ==
        std::vector<float>{16.f / 12, 16.f / 20});
  const Scratch scratch;
  const auto table = [&](const std::string& text) {
    std::ofstream(scratch.path() / "w.csv") << text;
    return class_weights({ClassWeightsChoice::file, scratch.path() / "w.csv"}, data, nobody);
  };
  CHECK(table("class,weight\nwell,3\nill,1\n") == std::vector<float>{1, 3});
  for (const auto& [text, words] : std::vector<std::pair<std::string, std::string>>{
           {"ill,1\n", "no weight for the class 'well'"},
           {"ill,1\nwell,-3\n", "is not a weight"},
           {"ill,1\nsquare,3\n", "a class of the data"},
           {"ill,1\nill,1\nwell,1\n", "listed twice"},
           {"class,count\nill,6\nwell,10\n", "--class-weights balanced"}})
    CHECK_THROWS_WITH_AS(table(text), doctest::Contains(words.c_str()), Error);

  RunConfig config;
  config.model.classes = {"ill", "well"};
  CHECK_NOTHROW(require_classes(config, data));
  config.model.classes = {"ill", "healthy"};
  CHECK_THROWS_WITH_AS(
      require_classes(config, data),
      doctest::Contains("its classes (ill, well) are not those that the run started with (ill, healthy)"), Error);
}
