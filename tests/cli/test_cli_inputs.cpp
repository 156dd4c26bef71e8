// Other kinds of data sets: labels in a table, unlabelled folders, groups before and after a split.
#include <doctest/doctest.h>

#include "tests/support/faulty_dataset.h"
#include "tests/support/program.h"
#include "tests/support/words.h"

namespace graft::test {
namespace {

namespace fs = std::filesystem;

struct Fixture {
  FaultyDataset p;
  fs::path data = p.path() / "data";
  std::string at(const std::string& name) const { return (p.path() / name).string(); }
  void write(const std::string& name, const std::string& text) const { std::ofstream(at(name)) << text; }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "train reads labels from a table and records it; a changed table stops a resumed run") {
  std::string table = "id_code,diagnosis\n";
  for (int i = 0; i < 8; ++i) {
    p.image("images/" + std::to_string(i) + ".png", uint64_t(i));
    table += std::to_string(i) + "," + std::to_string(i % 2) + "\n";
  }
  write("labels.csv", table);
  const Run run =
      shell("cd " + p.path().string() + " && vgg-finetune train data --labels labels.csv:id_code,diagnosis " +
            tiny("--epochs 1") + "--out run");
  REQUIRE_MESSAGE(run.code == 0, run.output);
  says(run.output, "train 8 (0 4, 1 4)");
  says(run.output, "nothing is tested");
  const std::string config = slurp(at("run/config.json"));
  says(config, "\"labels\": \"" + at("labels.csv") + ":id_code,diagnosis\"");
  const Run again = shell("vgg-finetune eval " + at("run") + " " + data.string() + " --out " + at("eval"));
  CHECK_MESSAGE(again.code == 0, again.output);
  says(again.output, "classes are those of the run's --labels");
  says(again.output, "a model knows its training images");
  write("labels.csv", table + "9,1\n");
  const Run resumed = shell("vgg-finetune train --resume " + at("run"));
  CHECK(resumed.code == 3);
  says(resumed.output, "differs from the label table");
  const Run split = shell("vgg-finetune split " + data.string() + " --labels " + at("labels.csv") +
                          " --val 0 --test 0.5 --out " + at("new"));
  REQUIRE_MESSAGE(split.code == 0, split.output);
  says(split.output, "train: 4 (0 2, 1 2)");
  CHECK(fs::exists(p.path() / "new/manifest.csv"));
}

TEST_CASE_FIXTURE(Fixture, "train --group-by accepts what split --group-by wrote with the same rule") {
  for (const char* name : {"train/a/p1_x.png", "test/a/p1_x.png", "train/a/p2_x.png", "test/a/p3_x.png",
                           "train/b/p4_x.png", "test/b/p4_x.png", "train/b/p5_x.png", "test/b/p6_x.png"})
    p.image(name, hash_name(name));
  std::string table = "Image Path;Patient\n";
  for (const char* name : {"train\\a\\p1_x.png", "test\\a\\p1_x.png", "train\\a\\p2_x.png", "test\\a\\p3_x.png",
                           "train\\b\\p4_x.png", "test\\b\\p4_x.png", "train\\b\\p5_x.png", "test\\b\\p6_x.png"})
    table += std::string(name) + ";" + std::string(name).substr(std::string(name).find('p'), 2) + "\n";
  write("patients.csv", table);
  for (const std::string& rule :
       {std::string("'^(p[0-9])_'"), at("patients.csv"), at("patients.csv:Image Path,Patient")}) {
    CAPTURE(rule);
    const std::string quoted = rule[0] == '\'' ? rule : "'" + rule + "'";
    const Run split = shell("vgg-finetune split " + data.string() + " --val 0 --test 0.5 --out " + at("new") +
                            " --group-by " + quoted);
    REQUIRE_MESSAGE(split.code == 0, split.output);
    says(split.output, "in 6 groups");
    for (const std::string& by : {quoted, at("new/manifest.csv")}) {
      const Run run = shell("vgg-finetune check " + at("new") + " --near -1 --group-by " + by);
      says(run.output, "6 groups, 0 shared between splits");
    }
    const Run train =
        shell("vgg-finetune train " + at("new") + " --group-by " + quoted + tiny("") + "--out " + at("run"));
    CHECK_MESSAGE(train.code == 0, train.output);
    says(train.output, "6 groups, 0 shared between the splits");
    fs::remove_all(at("new")), fs::remove_all(at("run"));
  }
}

}  // namespace graft::test
