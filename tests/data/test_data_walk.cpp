// Which files of a folder are images, --exclude and --only, and likely mistakes.
#include <doctest/doctest.h>

#include <algorithm>

#include "engine/data/dataset.h"
#include "engine/data/walk.h"
#include "kernels/api/error.h"
#include "tests/support/faulty_dataset.h"
#include "tests/support/words.h"

namespace graft::test {
namespace {

namespace fs = std::filesystem;
using Names = std::vector<std::string>;

struct Folder : FaultyDataset {
  fs::path data = path() / "data";
  Folder& files(const Names& names) {
    for (const std::string& name : names) file(name, "x");
    return *this;
  }
  Names found(const DataRules& rules = {}) const {
    Names names;
    for (const fs::path& file : walk_images(data, rules).files)
      names.push_back(file.lexically_relative(data).string());
    return names;
  }
};

Note refusal(const fs::path& data, const DataRules& rules = {}) {
  try {
    scan_dataset(data, rules);
  } catch (const Error& e) {
    CHECK(e.fault() == Fault::data);
    return {e.what(), e.advice()};
  }
  return {};
}

std::string complaint(const fs::path& data, const DataRules& rules = {}) { return refusal(data, rules).text; }

int count(const std::vector<Note>& notes, const std::string& text, std::string_view key) {
  return int(
      std::ranges::count_if(notes, [&](const Note& note) { return note.text == text && note.advice.key == key; }));
}

}  // namespace

TEST_CASE("sidecar files, tables, programs and clutter are not images, files without a suffix may be") {
  Folder f;
  f.files({"a/cell.dat", "a/cell.ROI", "a/Thumbs.db", "a/faces.db", "a/model.pkl", "a/x.npz", "a/notes.RTF",
           "a/.x.png", "__MACOSX/a/x.png", "a/@eaDir/x.jpg", "a/.ipynb_checkpoints/x.png", "a/labels.xml",
           "a/movie.json"})
      .files({"a/IM000001", "a/scan.dcm", "a/slide.tif", "a/x.webp", "a/b/c/deep.png"});
  CHECK(f.found() == Names{"a/IM000001", "a/b/c/deep.png", "a/scan.dcm", "a/slide.tif", "a/x.webp"});
  const auto lines = describe_ignored(walk_images(f.data).ignored);
  CHECK(count(lines, "left out 1: documents (.roi)", "") == 1);
  const auto left_out = describe_ignored(walk_images(f.data, {{"*.tif"}, {"*.dcm"}}).ignored);
  CHECK(count(left_out, "left out 1: matching a pattern", "exclude") == 1);
  CHECK(count(left_out, "left out 3: matching no pattern", "only") == 1);
}

TEST_CASE("patterns match names, folders or whole paths") {
  Folder f;
  f.files({"train/a/1.png", "train/a/1_mask.png", "train/a/masks/1.png", "train/b/2.PNG", "test/a/3.png"});
  CHECK(f.found({{"*_mask.*"}, {}}) ==
        Names{"test/a/3.png", "train/a/1.png", "train/a/masks/1.png", "train/b/2.PNG"});
  CHECK(f.found({{"masks"}, {}}).size() == 4);
  CHECK(f.found({{"masks/"}, {}}).size() == 4);
  CHECK(f.found({{"mask"}, {}}).size() == 5);  // matches the whole name, as in a shell
  CHECK(f.found({{"train/a/*"}, {}}) == Names{"test/a/3.png", "train/b/2.PNG"});
  CHECK(f.found({{"a/1.png"}, {}}).size() == 5);  // matches the whole path below the folder
  CHECK(f.found({{}, {"*.png"}}).size() == 4);
  CHECK(f.found({{}, {"[0-9].*"}}).size() == 4);
  CHECK(f.found({{"*_mask*", "masks"}, {"*.png", "*.PNG"}}).size() == 3);
  CHECK(f.found({{}, {"masks"}}) == Names{"train/a/masks/1.png"});
}

TEST_CASE("a pattern that matches nothing causes a warning") {
  Folder f;
  f.files({"train/a/1.png", "train/b/2.png"});
  CHECK(scan_dataset(f.data).warnings.empty());
  const auto warnings = scan_dataset(f.data, {{"*_Mask.png"}, {"*.png"}}).warnings;
  REQUIRE(warnings.size() == 1);
  says(warnings[0].text, "the pattern *_Mask.png matches no file");
  CHECK(warnings[0].advice.key == "one-of-exclude");
}

TEST_CASE(
    "patterns of a run exclude the same files in a part of its folder, and are reported if they match nothing") {
  Folder f;
  f.files({"train/a/1.png", "train/b/2.png", "test/a/masks/3.png", "test/a/3.png", "test/b/4.png"});
  DataRules rules{{"test/*/masks"}, {}, "", f.data};
  const auto in = [&](const fs::path& folder) { return walk_images(folder, rules).files.size(); };
  CHECK(in(f.data) == 4);
  CHECK(in(f.data / "test") == 2);
  CHECK(in(f.data / "test/a") == 1);
  CHECK(in(f.data / "test/a/masks") == 0);
  fs::create_directory_symlink(f.data / "test", f.path() / "link");
  CHECK(in(f.path() / "link") == 2);
  std::vector<Note> notes, warnings;
  CHECK(scan_split(f.data / "test", f.data / "test", {"a", "b"}, rules, notes, warnings).size() == 2);
  CHECK(warnings.empty());
  fs::copy(f.data / "test", f.path() / "new", fs::copy_options::recursive);
  CHECK(in(f.path() / "new") == 3);  // elsewhere: paths are relative to that folder
  notes.clear();
  scan_split(f.path() / "new", f.path() / "new", {"a", "b"}, rules, notes, warnings);
  CHECK(count(notes, "the run's pattern test/*/masks matches no file here", "one-of-exclude") == 1);
  rules.run_data.clear();  // given now, for this folder
  scan_split(f.path() / "new", f.path() / "new", {"a", "b"}, rules, notes, warnings);
  REQUIRE(warnings.size() == 1);
  says(warnings[0].text, "the pattern test/*/masks matches no file; patterns are case-sensitive");
}

TEST_CASE("patterns that exclude everything are named, with advice") {
  Folder f;
  f.files({"train/a/1.png", "train/b/2.png", "test/a/3.png"});
  says(complaint(f.data, {{}, {"*.jpg"}}), "no images: the patterns leave nothing of it");
  CHECK(refusal(f.data, {{}, {"*.jpg"}}).advice.key == "change-patterns");
  std::vector<Note> notes;
  try {
    scan_split(f.data / "test", f.data, {"a", "b"}, {{}, {"*.jpg"}, "", f.data}, notes, notes);
    FAIL("taken");
  } catch (const Error& e) {
    says(e.what(), "the patterns of the run leave nothing of it");
    CHECK(e.advice().key == "take-all");
  }
}

TEST_CASE("a class with only documents is an error, one without files is not") {
  Folder f;
  f.files({"train/a/1.png", "train/b/2.png", "train/c/1.npy", "train/c/2.npy", "train/c/notes.txt"});
  const std::string text = complaint(f.data);
  says(text, "'c' has files, but not one is an image");
  says(text, "2 documents (.npy)");
  CHECK(complaint(f.data, {{"c"}, {}}).find("'c'") == std::string::npos);
  fs::remove_all(f.at("train/c"));
  fs::create_directories(f.at("train/c"));
  CHECK(complaint(f.data).empty());
}

TEST_CASE("a data set unpacked into itself is detected") {
  Folder f;
  f.files({"train/cat/1.png", "train/dog/2.png", "train/pets/Cat/1.png", "train/pets/dog/2.png",
           "train/cat/cat/3.png"});
  const auto warnings = scan_dataset(f.data).warnings;
  REQUIRE(warnings.size() == 1);
  says(warnings[0].text,
       "'pets' holds folders that are called as other classes are (Cat, dog), and their 2 images");
}

TEST_CASE("class names that differ only in spelling are an error with the bytes that differ") {
  const struct {
    const char *a, *b, *bytes;
  } pairs[] = {{"Normal", "normal", "(bytes 4e and 6e)"},
               {"no tumor", "no tumor ", "(bytes nothing and 20)"},
               {"no tumor", "no_tumor", "(bytes 20 and 5f)"},
               {"h\xC3\xA9mi", "he\xCC\x81mi", "(bytes 65 cc 81 and c3 a9)"},
               {"h\xC3\xA9mi", "h\xE9mi", "(bytes c3 a9 and e9)"},
               {"\xC3\x89tat", "\xC3\xA9tat", "(bytes 89 and a9)"},
               {"a\xC2\xA0z", "a z", "(bytes 20 and c2 a0)"}};
  for (const auto& [a, b, bytes] : pairs) {
    CAPTURE(a);
    Folder f;
    f.files({std::string("train/") + a + "/1.png", std::string("train/") + b + "/2.png", "train/other/3.png"});
    const std::string text = complaint(f.data);
    says(text, "two classes have names that people take for one");
    says(text, bytes);
  }
  Folder f;
  f.files({"train/ER+/1.png", "train/ER-/2.png", "train/er/3.png", "train/grade1/1.png", "train/grade2/2.png"});
  CHECK(complaint(f.data).empty());
  f.files({"test/Grade1/1.png"});
  says(complaint(f.data), "the names 'grade1' and 'Grade1' (bytes 67 and 47) differ");
}

}  // namespace graft::test
