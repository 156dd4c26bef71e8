// check and split: what they print and write, and what they leave unchanged; and the checks of train.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "tests/support/deep_files.h"
#include "tests/support/faulty_dataset.h"
#include "tests/support/program.h"
#include "tests/support/words.h"

namespace graft::test {
namespace {

namespace fs = std::filesystem;

struct Fixture {
  FaultyDataset p;
  fs::path data = p.path() / "data";
  Fixture() { p.clean(); }
  std::string at(const std::string& name) const { return (p.path() / name).string(); }
  Run check(const std::string& options = "") const {
    return shell("vgg-finetune check " + data.string() + " " + options);
  }
  Run split(const std::string& options) const {
    return shell("vgg-finetune split " + data.string() + " --out " + at("out") + " " + options);
  }
  Run train(const std::string& options) const {
    return shell("vgg-finetune train " + data.string() + tiny(options) + "--out " + at("run"));
  }
};

// Returns all files below a folder, with their contents.
std::map<std::string, std::string> contents(const fs::path& folder) {
  std::map<std::string, std::string> all;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file()) all[entry.path().lexically_relative(folder).string()] = slurp(entry.path());
  return all;
}

}  // namespace

TEST_CASE_FIXTURE(Fixture, "check has no findings for a clean set, and exit code 3 if there is an error") {
  const Run clean = check("--group-by '^(p[0-9]+)_' --json " + at("clean.json"));
  CHECK(clean.code == 0);
  says(clean.output, "40 images: 0 errors, 0 warnings");
  says(clean.output, "20 groups, 0 shared between splits");
  CHECK(nlohmann::json::parse(slurp(at("clean.json"))).at("findings").empty());
  p.image("test/none/p90.png", 90).file("test/none/p91.jpg", p.bytes("test/none/p90.png"));
  fs::remove(p.at("test/none/p90.png"));
  CHECK(check().code == 0);  // a wrong suffix is a warning
  const std::string exif = std::string("MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0", 22);
  const std::string upright = p.bytes("train/none/p2_s4.png");
  p.file("train/none/p2_s4.png", upright.substr(0, 33) + png_chunk("eXIf", exif) + upright.substr(33));
  p.copy("train/none/p0_s0.png", "test/none/\xE8\x84\x91 $(touch x) ';\n\x1b[31m.png");
  const Run faulty = check("--json " + at("faulty.json"));
  CHECK(faulty.code == 3);
  says(faulty.output, "duplicate-across-splits");
  says(faulty.output, "warning: 1 x exif-rotated");
  says(faulty.output, "train/none/p2_s4.png  (its EXIF orientation, 6,");
  says(faulty.output, "\xE8\x84\x91 $(touch x) ';\\x0a\\x1b[31m.png");
  CHECK(faulty.output.find('\x1b') == std::string::npos);
  const auto json = nlohmann::json::parse(slurp(at("faulty.json")));
  CHECK(json.at("errors") == 1);
  CHECK(json.at("exif_rotated") == 1);
  CHECK(json.at("images").size() == 42);
  CHECK(json.at("findings")[0].at("code") == "duplicate-across-splits");
  CHECK(json.at("findings")[0].at("paths")[0] == "train/none/p0_s0.png");
  CHECK(shell("vgg-finetune check " + at("nowhere")).code == 3);
  CHECK(check("--group-by '(['").code == 2);
  CHECK(check("--near 300").code == 2);
}

TEST_CASE_FIXTURE(Fixture, "check names an unreadable folder and continues; train and split stop") {
  // Root may read everything, so another user has to run the program.
  const std::string user = geteuid() == 0 ? "setpriv --reuid=65534 --regid=65534 --clear-groups " : "";
  p.image("train/cyst/sub/p90.png", 90).image("val/none/sub/p91.png", 91);
  fs::permissions(p.path(), fs::perms(0755));
  for (const char* folder : {"train/cyst/sub", "val/none/sub"}) fs::permissions(p.at(folder), fs::perms::none);
  const Run run = shell(user + "vgg-finetune check " + data.string());
  CHECK(run.code == 5);
  says(run.output, "error: 2 x unreadable-folder");
  says(run.output, "train/cyst/sub  (Permission denied");
  says(run.output, "40 images: 2 errors");
  for (const std::string command : {"train --out /nowhere/run ", "split --out /nowhere/out "}) {
    const Run refused = shell(user + "vgg-finetune " + command + data.string());
    CHECK(refused.code == 5);
    says(refused.output, "sub: the folder cannot be read: Permission denied");
  }
  for (const char* folder : {"train/cyst/sub", "val/none/sub"}) fs::permissions(p.at(folder), fs::perms::all);
}

TEST_CASE_FIXTURE(Fixture, "split writes complete sets with a manifest, and changes nothing else") {
  const auto before = contents(data);
  const Run run = split("--group-by '^(p[0-9]+)_' --val 0.2 --test 0.2 --seed 5");
  REQUIRE_MESSAGE(run.code == 0, run.output);
  says(run.output, "is already split: its images are pooled");
  says(run.output, "40 images in 20 groups; seed 5: 0 groups shared between the parts");
  CHECK(contents(data) == before);
  const Run checked = shell("vgg-finetune check " + at("out") + " --group-by " + at("out/manifest.csv"));
  CHECK_MESSAGE(checked.code == 0, checked.output);
  says(checked.output, "20 groups, 0 shared between splits");
  says(checked.output, "40 images: 0 errors");
  const auto first = contents(at("out"));
  CHECK(first.size() == 41);
  const Run again = split("--group-by '^(p[0-9]+)_'");
  CHECK(again.code == 2);
  says(again.output, "already exists");
  CHECK(contents(at("out")) == first);
  fs::remove_all(at("out"));
  REQUIRE(split("--group-by '^(p[0-9]+)_' --val 0.2 --test 0.2 --seed 5").code == 0);
  CHECK(contents(at("out")) == first);  // deterministic
  fs::remove_all(at("out"));
  REQUIRE(split("--group-by '^(p[0-9]+)_' --val 0.2 --test 0.2 --seed 6").code == 0);
  CHECK(contents(at("out")) != first);
}

TEST_CASE_FIXTURE(
    Fixture, "every image is in val in exactly one fold; --how makes copies or links; a dry run writes nothing") {
  CHECK(split("--dry-run").code == 0);
  CHECK_FALSE(fs::exists(at("out")));
  for (const std::string how : {"copy", "hardlink", "symlink"}) {
    CAPTURE(how);
    CHECK(split("--folds 4 --test 0.2").code == 2);
    CHECK(split("--folds 4 --val 0.2").output.find("--val would have no effect") != std::string::npos);
    const Run run = split("--folds 4 --how " + how);
    REQUIRE_MESSAGE(run.code == 0, run.output);
    std::map<std::string, int> validated;
    for (int fold = 1; fold <= 4; ++fold) {
      const std::string folder = "out/fold" + std::to_string(fold);
      CHECK(shell("vgg-finetune check " + at(folder)).code == 0);
      for (const auto& entry : fs::recursive_directory_iterator(at(folder + "/val")))
        if (!entry.is_directory()) {
          ++validated[entry.path().filename().string()];
          CHECK(fs::is_symlink(entry.symlink_status()) == (how == "symlink"));
          CHECK((fs::hard_link_count(entry.path()) > 1) == (how == "hardlink"));
        }
    }
    CHECK(validated.size() == 40);
    for (const auto& [name, times] : validated) CHECK(times == 1);
    fs::remove_all(at("out"));
  }
}

TEST_CASE_FIXTURE(Fixture, "split refuses invalid requests") {
  const auto refuses = [&](const std::string& command, int code, const std::string& words) {
    const Run run = shell(command);
    CHECK_MESSAGE(run.code == code, run.output);
    says(run.output, words);
    CHECK_FALSE(fs::exists(at("out")));
    CHECK_FALSE(fs::exists(at("out.partial")));
  };
  const std::string base = "vgg-finetune split " + data.string();
  refuses(base + " --out " + at("data/inside"), 2, "inside");
  refuses(base + " --out " + at("data/../data"), 2, "already exists");
  refuses(base + " --out " + at("no/out"), 5, "create");
  refuses(base + " --out " + at("out") + " --val 0.6 --test 0.6", 2, "below 1");
  refuses(base + " --out " + at("out") + " --how move", 2, "--how");
  refuses(base + " --out " + at("out") + " --group-by '^(q)'", 3, "every image needs a group");
  refuses("vgg-finetune split " + at("nowhere") + " --out " + at("out"), 3, "no such folder");
  fs::create_directories(at("empty"));
  refuses("vgg-finetune split " + at("empty") + " --out " + at("out"), 3, "no images");
  fs::create_directories(at("out.partial"));
  const Run run = split("");
  CHECK(run.code == 2);
  says(run.output, "cut short");
  CHECK(fs::exists(at("out.partial")));
}

TEST_CASE_FIXTURE(Fixture, "train warns of copies, and stops at shared patients unless they are allowed") {
  const Run clean = train("--group-by '^(p[0-9]+)_'");
  REQUIRE_MESSAGE(clean.code == 0, clean.output);
  says(clean.output, "20 groups, 0 shared between the splits");
  CHECK(clean.output.find("warning") == std::string::npos);
  says(slurp(at("run/config.json")), "\"group_by\": \"^(p[0-9]+)_\"");
  fs::remove_all(at("run"));
  p.copy("train/none/p0_s0.png", "test/none/p0_copy.png");
  const Run copied = train("");
  CHECK(copied.code == 0);
  says(copied.output, "warning: 1 image of validation or test is also in an earlier split");
  fs::remove_all(at("run"));
  const Run shared = train("--group-by '^(p[0-9]+)_'");
  CHECK(shared.code == 3);
  says(shared.output, "1 of 20 groups have images in two splits");
  CHECK_FALSE(fs::exists(at("run")));
  const Run allowed = train("--group-by '^(p[0-9]+)_' --allow-group-overlap");
  CHECK(allowed.code == 0);
  says(allowed.output, "results will be too optimistic");
  says(slurp(at("run/config.json")), "\"allow_group_overlap\": true");
}

}  // namespace graft::test
