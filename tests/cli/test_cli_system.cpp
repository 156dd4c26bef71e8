// Errors of the system (too long names, folders without permission, files that are folders, pipes) are reported as
// such, with the name of the file, and never as a bug.
#include <doctest/doctest.h>
#include <unistd.h>

#include "tests/cli/cli_fixture.h"

using namespace graft;
namespace fs = std::filesystem;

namespace {

struct Fixture : CliFixture {
  Fixture() : CliFixture({"a", "b"}, 4, "--threads 1 ") { REQUIRE(train("run").code == 0); }
  std::string image() const { return (data / "test/b/image0.png").string(); }
  // Commands with a folder or file at this place, which is unusable for all of them.
  std::vector<std::string> commands(const std::string& place) const {
    const std::string run = at("run") + " ", d = data.string() + " ";
    return {"vgg-finetune train " + d + tiny("") + "--out " + place,
            "vgg-finetune train --resume " + place,
            "vgg-finetune train " + d + tiny("--cache file") + "--cache-dir " + place + " --out " + at("other"),
            "vgg-finetune train " + d + "--weights " + place + " --out " + at("other"),
            "vgg-finetune train " + place + tiny("") + "--out " + at("other"),
            "vgg-finetune eval " + run + d + "--out " + place,
            "vgg-finetune eval " + place + " " + d,
            "vgg-finetune eval " + run + place,
            "vgg-finetune predict " + run + place,
            "vgg-finetune predict " + place + " " + image(),
            "vgg-finetune predict " + run + image() + " --out " + place,
            "vgg-finetune predict " + run + "--files-from " + place,
            "vgg-finetune report " + place,
            "vgg-finetune report " + run + "--out " + place,
            "vgg-finetune explain " + run + image() + " --out " + place,
            "vgg-finetune explain " + run + place + " --out " + at("other"),
            "vgg-finetune augment " + d + "--out " + place,
            "vgg-finetune augment " + place + " --out " + at("other"),
            "vgg-finetune split " + d + "--out " + place,
            "vgg-finetune split " + place + " --out " + at("other"),
            "vgg-finetune split " + d + "--labels " + place + " --out " + at("other"),
            "vgg-finetune check " + place,
            "vgg-finetune check " + d + "--json " + place,
            "vgg-finetune check " + d + "--group-by " + place + ".csv",
            "vgg-finetune probe " + d + "--model vgg-tiny --weights none --image-size 32 --out " + place,
            "vgg-finetune trace " + run + d + "--csv " + place,
            "vgg-finetune weights inspect " + place,
            "vgg-finetune weights convert " + at("run") + "/model.h5 " + place};
  }
  void check_all(const std::string& place, const std::string& before = "", const std::string& behind = "") const {
    for (const std::string& line : commands(place)) {
      fs::remove_all(at("other"));
      const Run run = shell(before + line + behind);
      CAPTURE(line);
      CHECK_MESSAGE((run.code >= 2 && run.code <= 5), run.code, ": ", run.output);
      CHECK_MESSAGE(run.output.find("bug of ours") == run.output.npos, run.output);
    }
  }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "every command reports a name that is too long") {
  check_all(at(std::string(300, 'x')));
  check_all(at("new/" + std::string(300, 'x') + "/y"));
  check_all("/" + std::string(5000, 'x'));
}

TEST_CASE_FIXTURE(Fixture, "every command reports a path below a file") { check_all(image() + "/x/y"); }

TEST_CASE_FIXTURE(Fixture, "every command reports a path below a folder without permission") {
  const std::string closed = at("closed");
  fs::create_directories(closed + "/inside");
  fs::permissions(closed, fs::perms::none);
  fs::permissions(scratch.path(), fs::perms::all);
  const bool root = geteuid() == 0;
  if (root && shell("setpriv --reuid=65534 --clear-groups vgg-finetune --version").code != 0) {
    MESSAGE("skipped: no other user can run the program here");
    return;
  }
  fs::permissions(at("run"), fs::perms::all);
  check_all(closed + "/inside", root ? "exec setpriv --reuid=65534 --clear-groups " : "");
  fs::permissions(closed, fs::perms::all);
}

TEST_CASE_FIXTURE(Fixture, "a folder or a pipe in place of a file of a run is named") {
  const std::string run = at("run"), report = "vgg-finetune report " + run;
  fs::remove(at("run/digests.json"));
  for (const char* name : {"config.json", "summary.json", "history.csv", "metrics.json", "predictions.csv",
                           "calibration.json", "explain/1/explain.json"}) {
    const fs::path file = fs::path(run) / name;
    const std::string content = fs::exists(file) ? slurp(file) : "";
    for (const char* kind : {"is a folder", "is a pipe or a device"}) {
      fs::create_directories(file.parent_path());
      fs::remove_all(file);
      REQUIRE(shell((std::string(kind).ends_with("folder") ? "mkdir " : "mkfifo ") + file.string()).code == 0);
      const Run refused = shell("timeout 20 " + report);
      CHECK_MESSAGE(refused.code == 3, refused.output);
      CHECK_MESSAGE(refused.output.find(file.string() + ": " + kind) != refused.output.npos, refused.output);
    }
    fs::remove_all(file);
    if (content.empty()) continue;
    std::ofstream(file, std::ios::binary) << content.substr(0, content.size() / 2);
    const Run damaged = shell(report);
    CHECK_MESSAGE(damaged.code == 3, damaged.output);
    CHECK_MESSAGE(damaged.output.find(name) != damaged.output.npos, damaged.output);
    std::ofstream(file, std::ios::binary) << content;
  }
  CHECK(shell(report).code == 0);
}
