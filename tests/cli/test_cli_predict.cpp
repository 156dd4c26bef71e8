// predict on files, folders and lists; and resuming an interrupted output file.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "tests/support/program.h"
#include "tests/support/scratch.h"

namespace graft::test {
namespace {

namespace fs = std::filesystem;

struct Fixture : Scratch {
  fs::path run = path() / "run", folder = path() / "new", out = path() / "answers.csv";
  Fixture() {
    draw_stripes(path() / "data", {"a", "b"}, 4);
    fs::remove_all(path() / "data/test");
    const Run trained = shell("vgg-finetune train " + (path() / "data").string() + tiny("--unfreeze all") +
                              "--out " + run.string());
    REQUIRE_MESSAGE(trained.code == 0, trained.output);
    fs::create_directories(folder / "sub/__MACOSX");
    int i = 0;
    for (const char* name : {"n0.png", "n1.png", "sub/n2.png", "sub/n3.png", "sub/n4", "z.png"})
      write_png(folder / name, {9, 7, std::vector<uint8_t>(9 * 7 * 3, uint8_t(40 * i++))});
    for (const char* name : {"Thumbs.db", "labels.csv", "sub/__MACOSX/n.png", ".n.png"})
      std::ofstream(folder / name) << "no image";
  }
  Run predict(const std::string& options) const {
    return shell("vgg-finetune predict " + run.string() + " " + options);
  }
};

size_t lines(const std::string& text) { return size_t(std::ranges::count(text, '\n')); }

}  // namespace

TEST_CASE_FIXTURE(Fixture, "predict names ten unreadable files, and counts the others by reason") {
  for (int i = 0; i < 25; ++i)
    std::ofstream(folder / ("w" + std::to_string(100 + i) + ".png")) << (i % 5 ? "no image" : "<html>gone</html>");
  const Run table = predict(folder.string());
  CHECK(table.code == 3);
  size_t named = 0, rows = 0;
  std::istringstream text(table.output);
  for (std::string line; std::getline(text, line);) {
    named += line.starts_with("vgg-finetune: " + folder.string());
    rows += line.ends_with(".png  -");
  }
  CHECK(named == 10);
  CHECK(rows == 25);
  CHECK(table.output.find(
            "vgg-finetune: and 15 more:\n  12 x not an image; images are JPEG, PNG, BMP or PNM files (the "
            "first: " +
            (folder / "w111.png").string() +
            ")\n  3 x an HTML page is not supported; a download has "
            "failed, as a rule: get the image again (the first: ") != table.output.npos);
  const Run json = predict(folder.string() + " --json 2>/dev/null");
  CHECK(nlohmann::json::parse(json.output).size() == 31);
}

TEST_CASE_FIXTURE(Fixture,
                  "predict warns of a pattern that matches nothing, and names patterns that exclude everything") {
  const Run idle = predict(folder.string() + " --csv --exclude '*_mask.*' 2>&1 >/dev/null");
  CHECK(idle.output.find("warning: the pattern *_mask.* matches no file") != idle.output.npos);
  const Run none = predict(folder.string() + " --only '*.tif'");
  CHECK(none.code == 3);
  CHECK(none.output.find("the patterns leave nothing of it; change --exclude and --only") != none.output.npos);
}

TEST_CASE_FIXTURE(Fixture, "predict filters a folder by the rules of training, but not single files") {
  const Run all =
      shell("vgg-finetune predict " + run.string() + " " + folder.string() + " --csv --batch 4 2>/dev/null");
  REQUIRE_MESSAGE(all.code == 0, all.output);
  CHECK(lines(all.output) == 7);
  CHECK(all.output.find("Thumbs.db") == all.output.npos);
  std::ofstream(path() / "list.txt") << "\xEF\xBB\xBF" << (folder / "n0.png").string() << "\r\n\n"
                                     << (folder / "n1.png").string();
  const Run listed = predict("--csv --files-from " + (path() / "list.txt").string() + " " +
                             (folder / "sub").string() + " " + (folder / "z.png").string() + " 2>/dev/null | sort");
  const Run sorted = predict(folder.string() + " --csv 2>/dev/null | sort");
  CHECK(listed.output == sorted.output);
  const Run some = predict(folder.string() + " --csv --exclude sub --only '*.png' 2>/dev/null");
  CHECK(lines(some.output) == 4);
  const Run named =
      predict((folder / "labels.csv").string() + " " + (folder / "n1.png").string() + " --json 2>/dev/null");
  CHECK(named.code == 3);
  const auto json = nlohmann::json::parse(named.output);
  CHECK(json.size() == 2);
  CHECK(json[0].contains("error"));
  CHECK(json[1].contains("predicted"));
  CHECK(predict((folder / "nowhere.png").string()).code == 3);
  CHECK(predict("").code == 2);
  fs::create_directories(path() / "empty");
  std::ofstream(path() / "empty/x.dat") << "x";
  const Run none = predict((path() / "empty").string());
  CHECK(none.code == 3);
  CHECK(none.output.find("contains no images; left out 1: documents (.dat)") != none.output.npos);
}

TEST_CASE_FIXTURE(Fixture, "predict: a list with an endless line is refused") {
  const Run r = shell("timeout 60 vgg-finetune predict " + run.string() + " --files-from /dev/zero");
  CHECK(r.code == 3);
  CHECK_MESSAGE(r.output.find("/dev/zero: has a line that is too long for a file name") != r.output.npos, r.output);
}

TEST_CASE_FIXTURE(Fixture, "predict --out resumes where it was stopped, with the same bytes") {
  std::ofstream(folder / "n1.png") << "broken";
  for (int i = 10; i < 40; ++i) fs::copy_file(folder / "n0.png", folder / fmt::format("sub/m{}.png", i));
  const fs::path note = out.string() + ".unfinished";
  const std::string command = folder.string() + " --batch 4 --out " + out.string();
  const Run first = predict(command);
  CHECK(first.code == 3);
  CHECK(first.output.find("36 images, of which 1 could not be read") != first.output.npos);
  const std::string whole = slurp(out);
  CHECK(lines(whole) == 37);
  CHECK(whole.find("n1.png,,,\n") != whole.npos);
  CHECK_FALSE(fs::exists(note));
  CHECK(predict(command).code == 2);  // nothing is overwritten
  CHECK(slurp(out) == whole);
  fs::remove(out);
  // Files are limited to one block, which simulates a full disk.
  const Run full = shell("trap '' XFSZ; ulimit -f 1; vgg-finetune predict " + run.string() + " " + command);
  CHECK_MESSAGE(full.code == 5, full.output);
  const std::string part = slurp(out), model = slurp(note);
  REQUIRE((!part.empty() && part.size() < whole.size() && whole.starts_with(part)));
  for (const std::string& there : {part, std::string(), whole.substr(0, 5), whole.substr(0, whole.find(",,") + 1),
                                   whole.substr(0, whole.size() - 1)}) {
    CAPTURE(there);
    std::ofstream(out, std::ios::binary) << there;
    std::ofstream(note, std::ios::binary) << model;
    const Run rest = predict(command);
    CHECK(rest.code == 3);  // because of the broken image, whenever it was read
    CHECK(slurp(out) == whole);
    CHECK_FALSE(fs::exists(note));
  }
  std::ofstream(out, std::ios::binary) << part;
  std::ofstream(note) << "model of somebody else\n";
  const Run other = predict(command);
  CHECK(other.code == 2);
  CHECK(other.output.find("another model") != other.output.npos);
  std::ofstream(note, std::ios::binary) << model;
  fs::copy_file(folder / "n0.png", folder / "a.png");
  const Run changed = predict(command);
  CHECK(changed.code == 2);
  CHECK(changed.output.find("row 2 does not match") != changed.output.npos);
  CHECK(slurp(out) == part);
}

}  // namespace graft::test
