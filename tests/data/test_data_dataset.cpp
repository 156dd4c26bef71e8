// Folders as data sets: which files count, which are excluded with a note, and error messages.
#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>

#include "engine/data/dataset.h"
#include "kernels/api/error.h"
#include "tests/support/failing_new.h"
#include "tests/support/notes.h"
#include "tests/support/scratch.h"
#include "tests/support/words.h"

namespace graft::test {
namespace {

namespace fs = std::filesystem;

class Folder : public Scratch {
 public:
  Folder& touch(const std::string& file) {
    fs::create_directories((path() / file).parent_path());
    std::ofstream(path() / file) << "x";
    return *this;
  }
  Folder& make(const std::string& folder) {
    fs::create_directories(path() / folder);
    return *this;
  }
  Dataset scan() const { return scan_dataset(path()); }
  std::string complaint() const {
    try {
      scan();
      return "";
    } catch (const Error& e) {
      CHECK(e.fault() == Fault::data);
      return e.what();
    }
  }
};

std::vector<std::string> names(const std::vector<Sample>& samples) {
  std::vector<std::string> out;
  for (const Sample& s : samples) out.push_back(std::to_string(s.label) + " " + s.path.filename().string());
  return out;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("classes are sorted by bytes, files by path, and subfolders flattened") {
  Folder f;
  f.touch("train/b/2.png").touch("train/b/10.png").touch("train/a/z/1.png").touch("train/a/k.png");
  f.touch("train/a/B.png").touch("train/Z/x").touch("train/10/u.jpg").touch("train/9/v.jpg");
  f.touch("train/\xE8\x84\x91/\xE4\xB8\x80.png").touch("train/two\nlines/a b.png");
  const Dataset d = f.scan();
  CHECK(d.classes == Names{"10", "9", "Z", "a", "b", "two\nlines", "\xE8\x84\x91"});
  CHECK(names(d.train) == Names{"0 u.jpg", "1 v.jpg", "2 x", "3 B.png", "3 k.png", "3 1.png", "4 10.png", "4 2.png",
                                "5 a b.png", "6 \xE4\xB8\x80.png"});
  CHECK(d.val.empty());
  CHECK(d.test.empty());
  CHECK(d.notes.empty());
  CHECK(count_labels(d.train, d.classes.size()) == std::vector<int>{1, 1, 1, 3, 2, 1, 1});
}

TEST_CASE("val has three names, only one of which may exist") {
  for (const char* name : {"val", "valid", "validation"}) {
    Folder f;
    f.touch("train/a/1").touch("train/b/1").touch(std::string(name) + "/b/7").touch("test/b/8").touch("test/a/9");
    const Dataset d = f.scan();
    CHECK(names(d.val) == Names{"1 7"});
    CHECK(names(d.test) == Names{"0 9", "1 8"});
    CHECK(any_has(d.notes, "no images of the class 'a'"));
    CHECK(find_split(f.path(), "val") == f.path() / name);
  }
  Folder f;
  f.touch("train/a/1").touch("train/b/1").touch("val/a/1").touch("valid/a/1");
  says(f.complaint(), "has both val and valid");
}

TEST_CASE("files that are not images are excluded with a note") {
  Folder f;
  f.touch("train/a/1.png").touch("train/b/1.PNG").touch("train/b/noSuffix");
  f.touch("train/.ipynb_checkpoints/1.png").touch("train/__MACOSX/a/1.png").touch("train/a/.DS_Store");
  f.touch("train/a/Thumbs.db").touch("train/a/labels.CSV").touch("train/a/notes.txt").touch("train/loose.png");
  f.make("train/empty/also empty").touch("train/only hidden/.x");
  fs::create_symlink("nowhere", f.path() / "train/a/broken.png");
  const Dataset d = f.scan();
  CHECK(d.classes == Names{"a", "b"});
  CHECK(names(d.train) == Names{"0 1.png", "1 1.PNG", "1 noSuffix"});
  for (const char* note :
       {"left out 3: hidden", "left out 2: of the system", "left out 1: documents (.csv)",
        "left out 1: documents (.txt)", "left out 1: not a file", "left out 1: outside of the class folders",
        "'empty' has no images", "'only hidden' has no"})
    CHECK_MESSAGE(any_has(d.notes, note), note);
}

TEST_CASE("links are followed, and loops of links end") {
  Folder f;
  f.touch("train/a/1.png").touch("train/b/2.png").touch("elsewhere/3.png");
  fs::create_directory_symlink(f.path() / "elsewhere", f.path() / "train/b/more");
  fs::create_directory_symlink("..", f.path() / "train/a/up");
  fs::create_directory_symlink(".", f.path() / "train/b/self");
  fs::create_directory_symlink(f.path() / "elsewhere", f.path() / "train/c");
  const Dataset d = f.scan();
  CHECK(d.classes == Names{"a", "b", "c"});
  CHECK(any_has(d.notes, "linked to a second time"));
  CHECK(count_labels(d.train, 3)[1] == 2);
  fs::create_directory_symlink("loop", f.path() / "train/loop");
  CHECK(f.scan().classes.size() == 3);
}

TEST_CASE("for a folder that is not a data set, the error says what is missing") {
  Folder f;
  CHECK_THROWS_WITH_AS(scan_dataset(f.path() / "none"), doctest::Contains("no such folder"), Error);
  says(f.complaint(), "no train folder; put images into");
  f.touch("file");
  CHECK_THROWS_WITH_AS(scan_dataset(f.path() / "file"), doctest::Contains("is not a folder"), Error);
  f.touch("cats/1").touch("dogs/2");
  says(f.complaint(), "no train folder, but the folders cats, dogs");
  f.make("train");
  says(f.complaint(), "no images; put them into");
  f.make("train/a").make("train/b");
  says(f.complaint(), "no images");
  f.touch("train/a/1");
  says(f.complaint(), "one class only ('a')");
  f.touch("train/b/1");
  CHECK(f.complaint().empty());
  f.touch("test/a/2").touch("test/c\n/1");
  says(f.complaint(), "the class 'c\\x0a' is not one of the trained classes (a, b)");
  fs::remove_all(f.path() / "test");
  f.make("test");
  says(f.complaint(), "no class folders");
  f.make("test/c");
  says(f.complaint(), "test: no images");
}

TEST_CASE("classes of a split are mapped to those of a trained model by name") {
  Folder f;
  f.touch("dog/1").touch("ant/2").touch("dog/0");
  std::vector<Note> notes;
  const Names classes = {"dog", "cat", "ant"};  // not sorted: the order of the model
  CHECK(names(scan_split(f.path(), f.path(), classes, {}, notes, notes)) == Names{"0 0", "0 1", "2 2"});
  CHECK(any_has(notes, "no images of the class 'cat'"));
  f.touch("eel/1");
  CHECK_THROWS_WITH_AS(scan_split(f.path(), f.path(), classes, {}, notes, notes), doctest::Contains("'eel'"),
                       Error);
}

TEST_CASE("the work of a scan is linear in the number of files") {
  const auto work_of = [](int files) {
    Folder f;
    f.make("train/a").make("train/b");
    for (int i = 0; i < files; ++i) std::ofstream(f.path() / (i % 2 ? "train/a" : "train/b") / std::to_string(i));
    const long before = allocations();
    CHECK(f.scan().train.size() == size_t(files));
    return allocations() - before;
  };
  const long few = work_of(200);
  CHECK(work_of(2000) < 12 * few);
}

}  // namespace graft::test
