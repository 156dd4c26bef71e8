// Changes on --resume: more epochs, moved images and files, --keep-checkpoint. The run ends with the same bits as one
// with these options from the start, or is refused with the reason.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "tests/cli/cli_fixture.h"

using namespace graft;
namespace fs = std::filesystem;

namespace {

struct Fixture : CliFixture {
  Fixture() : CliFixture({"a", "b"}, 6, "--threads 1 ") { test_as_validation(data); }
  Run resume(const std::string& run, const std::string& options = "") const {
    return CliFixture::resume(run, "--threads 1 " + options);
  }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "changes: more epochs for a finished run give the same bits as all epochs at once") {
  for (const std::string options :
       {"--lr 1e-2 --head flatten:16 --dropout 0.3 --schedule step:every=1,factor=0.5",
        "--lr 0.3 --optimizer sgd --head flatten:16 --schedule plateau:patience=1 --patience 9 --keep last",
        "--unfreeze block5 --warmup-epochs 1 --warmup-steps 2 --augment medical-gentle --augment-views 3"}) {
    CAPTURE(options);
    REQUIRE(train("whole", options + " --epochs 4").code == 0);
    REQUIRE(train("run", options + " --epochs 2").code == 0);
    const Run more = resume("run", "--epochs 4");
    REQUIRE_MESSAGE(more.code == 0, more.output);
    for (const char* file : {"history.csv", "model.h5", "best.h5", "last.h5", "predictions.csv", "metrics.json"})
      CHECK_MESSAGE(text(std::string("run/") + file) == text(std::string("whole/") + file), file);
    const nlohmann::json config = read_json("run/config.json");
    CHECK(config.at("training").at("epochs") == 4);
    CHECK(config.at("changes").at("epochs_were").dump() == R"([{"done":2,"epochs":2,"test_scored":1}])");
    CHECK(has(text("run/report.html"), "2 were planned until 2 were done and the test images had been scored"));
    CHECK(has(text("run/report.html"), "changed from 2 to 4 after these test images had been scored"));
    CHECK(has(text("run/report.html"), "scored 2 times"));
    CHECK_FALSE(has(text("whole/report.html"), "planned"));
    fs::remove_all(at("run"));
    fs::remove_all(at("whole"));
  }
}

TEST_CASE_FIXTURE(Fixture, "changes: numbers of epochs that are not possible are refused with the reason") {
  REQUIRE(train("run", "--epochs 2").code == 0);
  const std::string config = text("run/config.json"), model = text("run/model.h5");
  refused(resume("run", "--epochs 2"), 2, "2 epochs of this run are already done; ask for more");
  refused(resume("run", "--epochs 1"), 2, "2 epochs of this run are already done");
  refused(resume("run", "--epochs 0"), 2, "--epochs");
  refused(resume("run", "--epochs 4 --lr 1"), 2, "leave out --lr");
  CHECK(text("run/config.json") == config);
  CHECK(text("run/model.h5") == model);
  REQUIRE(train("cosine", "--epochs 2 --schedule cosine").code == 0);
  refused(resume("cosine", "--epochs 4"), 2, "along a cosine that ends with epoch 2");
  CHECK(resume("cosine").code == 0);
  REQUIRE(train("early", "--epochs 60 --lr 0.3 --optimizer sgd --patience 1 --head flatten:16").code == 0);
  refused(resume("early", "--epochs 70"), 2, "stopped early after epoch ");
  refused(resume("early", "--epochs 70"), 2, "(--patience 1)");
}

TEST_CASE_FIXTURE(Fixture, "changes: a finished run keeps one checkpoint, or none with --keep-checkpoint no") {
  const Run one = train("one", "--epochs 2");
  REQUIRE_MESSAGE(one.code == 0, one.output);
  CHECK_MESSAGE(has(one.output, "removed: checkpoint.graft.prev ("), one.output);
  CHECK(has(one.output, "--keep-checkpoint no keeps none"));
  CHECK(fs::exists(at("one/checkpoint.graft")));
  CHECK_FALSE(fs::exists(at("one/checkpoint.graft.prev")));
  const Run none = resume("one", "--keep-checkpoint no");  // a change of mind
  REQUIRE_MESSAGE(none.code == 0, none.output);
  CHECK_MESSAGE(has(none.output, "removed: the checkpoints ("), none.output);
  CHECK_FALSE(fs::exists(at("one/checkpoint.graft")));
  CHECK(read_json("one/config.json").at("training").at("keep_checkpoint") == "no");
  const std::string model = text("one/model.h5");
  refused(resume("one"), 2, "no longer a checkpoint (--keep-checkpoint no, or it was removed)");
  refused(resume("one", "--epochs 4"), 2, "--head-weights " + at("one/model.h5"));
  CHECK(text("one/model.h5") == model);
  CHECK(shell("vgg-finetune eval " + at("one") + " " + data.string()).code == 0);
  CHECK(shell("vgg-finetune report " + at("one")).code == 0);
}

TEST_CASE_FIXTURE(Fixture, "changes: a run of an earlier version is read, without the fields that it lacks") {
  REQUIRE(train("run", "--epochs 1").code == 0);
  nlohmann::json config = read_json("run/config.json");
  config.erase("changes");
  for (const char* field : {"keep_checkpoint", "exclude", "only", "labels", "private", "model", "image_size",
                            "head", "dropout", "precision", "preprocess", "resize", "fit", "range", "exif"})
    config.at("training").erase(field);
  config.at("training")["watched"] = config.at("training").at("monitor"), config.at("training").erase("monitor");
  std::ofstream(at("run/config.json")) << config.dump();
  fs::remove(at("run/images.csv")), fs::remove(at("run/digests.json"));
  const Run more = resume("run", "--epochs 2");
  CHECK_MESSAGE(more.code == 0, more.output);
  CHECK(fs::exists(at("run/images.csv")));
  config.at("training").erase("batch");
  fs::remove(at("run/digests.json"));
  std::ofstream(at("run/config.json")) << config.dump();
  refused(resume("run"), 3, "batch");
}

TEST_CASE_FIXTURE(Fixture, "changes: moved images are accepted if they are the same, and recorded") {
  std::ofstream(data / "train/a/broken.png") << "no image";
  REQUIRE(train("whole", "--epochs 3").code == 0);
  REQUIRE(train("run", "--epochs 2").code == 0);
  const std::string place = at("elsewhere/set"), again = "vgg-finetune train " + place + " --threads 1 --resume ";
  fs::create_directories(at("elsewhere"));
  fs::rename(data, place);
  refused(resume("run", "--epochs 3"), 3, "give their new place: vgg-finetune train DATA --resume");
  refused(shell("vgg-finetune report " + at("run")), 0, "with report --data FOLDER");

  // None of the three splits may differ, and the error names the one that does.
  const fs::path other = at("other");
  for (const auto& [split, name] : std::vector<std::pair<std::string, std::string>>{
           {"train", "training"}, {"val", "validation"}, {"test", "test"}}) {
    const auto tried = [&](const std::string& words) {
      refused(shell("vgg-finetune train " + other.string() + " --resume " + at("run") + " --epochs 3"), 3, words);
      fs::remove_all(other);
      fs::copy(place, other, fs::copy_options::recursive);
    };
    fs::remove_all(other);
    fs::copy(place, other, fs::copy_options::recursive);
    const fs::path image = other / split / "a/image1.png";
    fs::copy_file(other / split / "b/image1.png", image, fs::copy_options::overwrite_existing);
    tried("1 has other contents (" + split + "/a/image1.png)");
    fs::rename(image, other / split / "b/image9.png");
    tried("1 is missing (" + split + "/a/image1.png), 1 is new (" + split + "/b/image9.png)");
    fs::remove(image);
    tried("the " + name + " images are not those");
  }
  CHECK(read_json("run/config.json").at("training").at("data") == data.string());

  const Run moved = shell(again + at("run") + " --epochs 3");
  REQUIRE_MESSAGE(moved.code == 0, moved.output);
  for (const char* file : {"history.csv", "model.h5", "predictions.csv"})
    CHECK_MESSAGE(text(std::string("run/") + file) == text(std::string("whole/") + file), file);
  const nlohmann::json config = read_json("run/config.json");
  CHECK(config.at("training").at("data") == place);
  CHECK(config.at("changes").at("data_was").at(0) == data.string());
  CHECK(has(text("run/report.html"), "before: " + data.filename().string()));
  CHECK(has(text("run/report.html"), "<img "));  // found without --data
  CHECK(read_json("run/summary.json").at("set_aside").size() ==
        read_json("whole/summary.json").at("set_aside").size());
  CHECK(has(read_json("run/summary.json").at("set_aside").dump(), "\"train/a/broken.png: "));
  CHECK(resume("run").code == 0);
}

TEST_CASE_FIXTURE(Fixture, "changes: images that move before the first checkpoint are compared, too") {
  REQUIRE(train("run", "--epochs 2").code == 0);
  const std::string model = text("run/model.h5");
  for (const char* name : {"checkpoint.graft", "model.h5", "history.csv", "summary.json", "digests.json"})
    fs::remove(at(std::string("run/") + name));
  const fs::path place = scratch.path() / "place", image = place / "train/b/image0.png";
  fs::rename(data, place);
  const std::string again = "vgg-finetune train " + place.string() + " --threads 1 --resume " + at("run");
  fs::rename(image, scratch.path() / "kept.png");
  refused(shell(again), 3, "1 is missing (train/b/image0.png)");
  fs::rename(scratch.path() / "kept.png", image);
  const Run moved = shell(again);
  REQUIRE_MESSAGE(moved.code == 0, moved.output);
  CHECK(text("run/model.h5") == model);
}

TEST_CASE_FIXTURE(Fixture, "changes: moved files are recognised by their digests, and missing ones are named") {
  const auto groups = [&](const std::string& name, int per_group) {
    std::ofstream file(at(name));
    file << "path,group\n";
    for (const char* split : {"train", "val", "test"})
      for (const char* c : {"a", "b"})
        for (int i = 0; i < 6; ++i)
          file << fmt::format("{}/{}/image{}.png,{}{}{}\n", split, c, i, split, c, i / per_group);
  };
  groups("groups.csv", 2), groups("others.csv", 3);
  REQUIRE(train("first", "").code == 0);
  fs::copy_file(at("first/model.h5"), at("w.h5"));
  const std::string files = " --weights " + at("w.h5") + " --head-weights " + at("w.h5");
  const Run started = train("run", "--epochs 1" + files + " --group-by " + at("groups.csv"));
  REQUIRE_MESSAGE(started.code == 0, started.output);
  for (const std::string file : {"w.h5", "groups.csv"}) fs::rename(at(file), at("new-" + file));
  refused(resume("run"), 3, "give its new place with --group-by FILE");
  refused(resume("run", "--group-by " + at("others.csv")), 3, "differs from the group table (--group-by)");
  refused(resume("run", "--group-by " + at("new-groups.csv") + " --weights " + at("others.csv")), 4,
          "differs from the weights file (--weights)");
  const Run found = resume("run", "--epochs 2 --group-by " + at("new-groups.csv"));
  REQUIRE_MESSAGE(found.code == 0, found.output);  // the checkpoint contains the weights
  CHECK(resume("run").code == 0);

  const std::string trace = "vgg-finetune trace " + at("run") + " " + data.string();
  refused(shell(trace), 4, "give its new place with --weights FILE");
  refused(shell(trace + " --weights " + at("new-w.h5")), 3, "give its new place with --head-weights FILE");
  const Run traced = shell(trace + " --weights " + at("new-w.h5") + " --head-weights " + at("new-w.h5"));
  CHECK_MESSAGE(traced.code == 0, traced.output);

  for (const char* name : {"checkpoint.graft", "model.h5", "history.csv", "summary.json", "digests.json"})
    fs::remove(at(std::string("run/") + name));
  refused(resume("run"), 4, "give its new place with --weights FILE");
  const std::string moved = " --weights " + at("new-w.h5") + " --head-weights " + at("new-w.h5");
  CHECK_MESSAGE(resume("run", moved).code == 0, moved);
  CHECK(read_json("run/config.json").at("training").at("weights") == at("new-w.h5"));
  refused(resume("first", "--weights " + at("new-w.h5")), 2, "was started without such a file");
  refused(resume("first", "--cache-dir " + at("c")), 2, "--cache-dir would have no effect");
}
