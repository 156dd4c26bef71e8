// Options of train without effect, files that a resumed run needs, and expressions that look like files.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "tests/cli/cli_fixture.h"

using namespace graft;
namespace fs = std::filesystem;

namespace {

struct Fixture : CliFixture {
  fs::path out = scratch.path() / "run";
  Fixture() : CliFixture({"a", "b"}, 6) {}
  // Runs in the test's folder, so that file names may be relative.
  Run train(const std::string& options) const {
    fs::remove_all(out);
    return shell("cd " + scratch.path().string() + " && vgg-finetune " + command("run", options));
  }
  Run resume() const { return CliFixture::resume("run"); }
};

}  // namespace

// tests/app/test_preflight.cpp has all that is refused.
TEST_CASE_FIXTURE(Fixture, "an option that would change nothing is refused, and a resumed run is not asked again") {
  refuses("--preset tutorial --momentum 0.5", 2, "--momentum would have no effect");
  REQUIRE(train("--preset tutorial --optimizer sgd --momentum 0.5 --steps-per-epoch 2").code == 0);
  const Run again = resume();  // its options come from config.json
  CHECK_MESSAGE(again.code == 0, again.output);
}

TEST_CASE_FIXTURE(Fixture, "--head-weights replaced before the first checkpoint are detected") {
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
  CHECK_MESSAGE(refused.output.find("differs from the head weights file (--head-weights)") != refused.output.npos,
                refused.output);
  std::ofstream(head, std::ios::binary) << bytes;
  const Run resumed = resume();
  REQUIRE_MESSAGE(resumed.code == 0, resumed.output);
  CHECK(slurp(out / "model.h5") == wanted);
  fs::remove(head);  // the checkpoint contains the head
  CHECK(resume().code == 0);
}

TEST_CASE_FIXTURE(Fixture, "a replaced --group-by file is detected") {
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
  CHECK_MESSAGE(refused.output.find("differs from the group table (--group-by)") != refused.output.npos,
                refused.output);
  fs::remove(csv);
  CHECK(resume().code == 3);
  write(2);
  CHECK(resume().code == 0);
}

TEST_CASE_FIXTURE(Fixture,
                  "a regular expression is not taken for a file, however long, and whatever folders exist") {
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
