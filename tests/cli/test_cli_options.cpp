// Options of train that would do nothing, files that a stopped run needs again, and words that look like files.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "tests/support/child.h"
#include "tests/support/scratch.h"

using namespace graft;
namespace fs = std::filesystem;

namespace {

struct Fixture {
  Scratch scratch;
  fs::path data = scratch.path() / "data", out = scratch.path() / "run";
  Fixture() { draw_stripes(data, {"a", "b"}, 6); }
  std::string at(const char* name) const { return (scratch.path() / name).string(); }
  void with_validation() const {
    fs::copy(data / "train", data / "val", fs::copy_options::recursive);
    for (const char* split : {"train", "val"})  // no image in both
      for (const char* c : {"a", "b"})
        for (int i = 0; i < 6; ++i)
          if ((i < 2) == (split[0] == 't')) fs::remove(data / split / c / fmt::format("image{}.png", i));
  }
  Run train(const std::string& options) const {
    fs::remove_all(out);
    return shell("cd " + scratch.path().string() + " && vgg-finetune train " + data.string() + tiny(options) +
                 "--out " + out.string());
  }
  Run resume() const { return shell("vgg-finetune train --resume " + out.string()); }
  void refuses(const std::string& options, const std::string& words) const {
    const Run run = train(options);
    CAPTURE(options);
    CHECK_MESSAGE(run.code == 2, run.output);
    CHECK_MESSAGE(run.output.find(words) != run.output.npos, run.output);
    CHECK_FALSE(fs::exists(out));
  }
  void accepts(const std::string& options) const {
    const Run run = train(options);
    CHECK_MESSAGE(run.code == 0, options, run.output);
  }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "an option that would change nothing is refused, with the reason") {
  refuses("--momentum 0.5", "--momentum would change nothing");
  refuses("--preset tutorial --momentum 0.5", "trains with adam");
  refuses("--optimizer sgd --epsilon-form pytorch", "trains with sgd");
  refuses("--cache-dir " + at("c"), "says where --cache file keeps outputs");
  refuses("--cache off --cache-precision bf16", "--cache off keeps none");
  refuses("--unfreeze all --cache file", "none is frozen");
  refuses("--unfreeze all --cache-precision bf16", "none is frozen");
  refuses("--augment medical-gentle --cache-precision bf16", "--augment-views K");
  refuses("--allow-group-overlap", "--group-by");
  refuses("--positive b", "chosen on validation images");
  refuses("--monitor val_accuracy", "score of validation images");
  refuses("--keep best", "validation images decide which epoch is best");
  refuses("--head-init glorot --head-weights " + at("head.h5"), "--head-weights has all values");
  refuses("--finetune-lr 1e-5", "--warmup-epochs");
  refuses("--unfreeze block5 --epochs 2 --warmup-epochs 1 --finetune-lr 0", "--finetune-lr 0 would train nothing");
  refuses("--warmup-steps 3", "the run has 3 steps");
  refuses("--unfreeze block5 --epochs 9 --warmup-epochs 1 --warmup-steps 3", "a phase has 3 steps");
  refuses("--lr-mult head=1,head=2", "'head' is there twice");
}

TEST_CASE_FIXTURE(Fixture, "what a preset sets, and options that do something, are no contradictions") {
  with_validation();
  accepts("--warmup-steps 1 --monitor val_accuracy --keep best --positive b --lr-mult head=1");
  accepts("--preset tutorial --optimizer sgd --momentum 0.5 --steps-per-epoch 2");
  accepts("--cache file --cache-precision bf16 --cache-dir " + at("cache"));
  accepts("--augment medical-gentle --augment-views 1 --cache-precision bf16");
  accepts("--unfreeze all --warmup-epochs 1 --epochs 2 --finetune-lr 1e-6 --cache file --cache-dir " + at("cache"));
  const Run again = resume();  // its options come from config.json
  CHECK_MESSAGE(again.code == 0, again.output);
}

TEST_CASE_FIXTURE(Fixture, "--head-weights that were replaced before the first checkpoint are noticed") {
  REQUIRE(train("--seed 5").code == 0);
  const std::string head = at("head.h5");
  fs::copy_file(out / "model.h5", head);
  REQUIRE(train("--seed 6").code == 0);
  const std::string other = slurp(out / "model.h5");
  REQUIRE(train("--head-weights " + head).code == 0);
  const std::string wanted = slurp(out / "model.h5"), bytes = slurp(head);
  const auto stop_at_the_start = [&] {
    for (const char* name :
         {"checkpoint.graft", "checkpoint.graft.prev", "model.h5", "history.csv", "digests.json"})
      fs::remove(out / name);
  };
  stop_at_the_start();
  std::ofstream(head, std::ios::binary) << other;
  const Run refused = resume();
  CHECK_MESSAGE(refused.code == 3, refused.output);
  CHECK_MESSAGE(refused.output.find("not the file of the head (--head-weights)") != refused.output.npos,
                refused.output);
  std::ofstream(head, std::ios::binary) << bytes;
  const Run resumed = resume();
  REQUIRE_MESSAGE(resumed.code == 0, resumed.output);
  CHECK(slurp(out / "model.h5") == wanted);
  fs::remove(head);  // a checkpoint has the head
  CHECK(resume().code == 0);
}

TEST_CASE_FIXTURE(Fixture, "a --group-by file that was replaced is noticed") {
  const std::string csv = at("groups.csv");
  const auto write = [&](int per_group) {
    std::ofstream file(csv);
    file << "path,group\n";
    for (const char* split : {"train", "test"})
      for (const char* c : {"a", "b"})
        for (int i = 0; i < 6; ++i)
          file << fmt::format("{}/{}/image{}.png,{}{}{}\n", split, c, i, split, c, i / per_group);
  };
  write(2);
  const Run run = train("--group-by groups.csv");
  REQUIRE_MESSAGE(run.code == 0, run.output);
  CHECK(resume().code == 0);
  write(3);
  const Run refused = resume();
  CHECK_MESSAGE(refused.code == 3, refused.output);
  CHECK_MESSAGE(refused.output.find("not the file of groups (--group-by)") != refused.output.npos, refused.output);
  fs::remove(csv);
  CHECK(resume().code == 3);
  write(2);
  CHECK(resume().code == 0);
}

TEST_CASE_FIXTURE(Fixture, "a regular expression is no file, however long, and whatever a folder is called") {
  std::string expression = "^(image[0-9]";
  for (int i = 0; i < 60; ++i) expression += "|none[0-9]";
  REQUIRE(expression.size() > 255);
  const Run run = train("--allow-group-overlap --group-by '" + expression + ")'");
  CHECK_MESSAGE(run.code == 0, run.output);
  fs::create_directory(at("image."));
  for (const char* word : {"balanced", "none"}) fs::create_directory(at(word));
  const Run folder = train("--class-weights balanced --allow-group-overlap --group-by 'image.'");
  REQUIRE_MESSAGE(folder.code == 0, folder.output);
  const auto training = nlohmann::json::parse(slurp(out / "config.json")).at("training");
  CHECK(training.at("group_by") == "image.");
  CHECK(training.at("class_weights") == "balanced");
  std::ofstream(at("weights.csv")) << "a,1\nb,2\n";
  REQUIRE(train("--class-weights weights.csv").code == 0);
  CHECK(nlohmann::json::parse(slurp(out / "config.json")).at("training").at("class_weights") == at("weights.csv"));
}
