// Classes from a table: recognised columns, images left out with a note, errors; and splits without classes.
#include <doctest/doctest.h>

#include <algorithm>

#include "engine/audit/audit.h"
#include "engine/audit/leaks.h"
#include "engine/data/dataset.h"
#include "engine/data/split.h"
#include "kernels/api/error.h"
#include "tests/support/faulty_dataset.h"
#include "tests/support/notes.h"

namespace graft::test {
namespace {

namespace fs = std::filesystem;

struct Fixture {
  FaultyDataset p;
  fs::path data = p.path() / "data", table = p.path() / "table.csv";

  // Creates files that are never decoded.
  void files(const std::vector<std::string>& names) const {
    for (const std::string& name : names) p.file(name, name);
  }
  DataRules rules(const std::string& text, const std::string& columns = "") const {
    std::ofstream(table, std::ios::binary) << text;
    return {{}, {}, table.string() + columns};
  }
  Dataset scan(const std::string& text, const std::string& columns = "") const {
    return scan_dataset(data, rules(text, columns));
  }
};

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE_FIXTURE(Fixture, "labels: all images of a folder are used for training, by columns of many names") {
  files({"images/1.png", "images/2.png", "images/sub/3.jpeg"});
  for (const char* header : {"id_code,diagnosis", "Image Index,Finding Labels", "image_id,dx", "image,level",
                             "isic_id,benign_malignant", "Filename,Category", "patientId,Target"}) {
    CAPTURE(header);
    const Dataset d = scan(std::string(header) + "\n1,x\n2.png,y\n3,x\n");
    CHECK(d.classes == Names{"x", "y"});
    CHECK(count_labels(d.train, 2) == std::vector<int>{2, 1});
    CHECK(d.test.empty());
    CHECK(d.train[0].below.native().starts_with("images/"));
    CHECK(any_has(d.notes, "nothing is tested"));
    CHECK(d.warnings.empty());
  }
  CHECK(scan("image,MEL,NV\n1,1.0,0.0\n2,0,1\n3,1,0\n").classes == Names{"MEL", "NV"});
  CHECK(scan("image,kind\n1,0\n2,10\n3,0\n").classes == Names{"0", "10"});  // with two columns, the other one
  CHECK(scan("name;age;what;dx\n1;5;x;q\n2;6;y;q\n3;7;x;q\n", ":name,what").classes == Names{"x", "y"});
  CHECK_THROWS_WITH_AS(scan("image,MEL,NV\n1,1,1\n2,0,1\n3,1,0\n"), doctest::Contains("row 2 has 2 ones"), Error);
  CHECK_THROWS_WITH_AS(scan("image,a,b\n1,u,1\n"), doctest::Contains("it has: image, a, b"), Error);
  CHECK_THROWS_WITH_AS(scan("image,target,dx\n1,0,x\n"), doctest::Contains("may be the column dx or target"),
                       Error);
  CHECK_THROWS_WITH_AS(scan_dataset(data, {{}, {}, "nowhere.csv"}), doctest::Contains("no such file"), Error);
}

TEST_CASE_FIXTURE(
    Fixture, "labels: rows and images without a match are counted and shown, with a warning if they are many") {
  for (int i = 0; i < 30; ++i) files({"i/" + std::to_string(i) + ".png"});
  std::string text = "image,label\n";
  for (int i = 0; i < 30; ++i) text += std::to_string(i) + (i % 2 ? ",x\n" : ",y\n");
  const Dataset few = scan(text.substr(0, text.size() - 5) + "gone,x\nempty,\n");  // without the label of image 29
  CHECK(any_has(few.notes, "1 of 30 images have no label"));
  CHECK(any_has(few.notes, "the first: i/29.png"));
  CHECK(any_has(few.notes, "2 of 31 rows of"));
  CHECK(any_has(few.notes, "the first: gone (names here look like i/0.png"));
  CHECK(few.warnings.empty());
  const Dataset many = scan("image,label\n1,x\n2,y\n3,\n");
  CHECK(any_has(many.warnings, "27 of 30 images have no label"));
  CHECK(any_has(many.notes, "left out 1: with an empty label"));
  CHECK_THROWS_WITH_AS(scan("image,label\nISIC_7,x\n"),
                       doctest::Contains("names there look like ISIC_7, those of the images like i/0.png"), Error);
  CHECK_THROWS_WITH_AS(scan("image,label\n1,x\n2,y\n1,y\n"), doctest::Contains("x (row 2) and y (row 4)"), Error);
  CHECK_THROWS_WITH_AS(scan("image,label\n1,0\n2,0.0\n"), doctest::Contains("one number in two spellings"), Error);
  CHECK_THROWS_WITH_AS(scan("image,label\n1,Gl\xFC"
                            "ck\n2,y\n"),
                       doctest::Contains("not UTF-8"), Error);
  files({"j/1.png"});
  CHECK_THROWS_WITH_AS(scan("image,label\n1,x\n2,y\n"), doctest::Contains("may be i/1.png or j/1.png"), Error);
  CHECK(scan("image,label\nj/1,x\n2,y\n").train.size() == 2);
}

TEST_CASE_FIXTURE(Fixture,
                  "labels: words for a missing label mean none, and several labels in one field are reported") {
  files({"i/1.png", "i/2.png", "i/3.png", "i/4.png", "i/5.png", "i/6.png"});
  const Dataset d = scan("image,label\n1,x\n2,none\n3,NA\n4,NaN\n5,NA\n6,?\n");
  CHECK(d.classes == Names{"none", "x"});
  CHECK(any_has(d.warnings,
                "labels that say that there is none: 1 x '?', 2 x 'NA', 1 x 'NaN'; these images are left out"));
  CHECK(any_has(d.notes, "left out 4: with an empty label"));
  CHECK(any_has(scan("image,label\n1,x\n2,y\n3,x|y\n4,x\n5,y\n6,x\n").warnings,
                "1 labels name several classes (the first: x|y) and become classes of their own"));
  CHECK(any_has(scan("image;label\n1;x\n2;y\n3;x, y\n4;x\n5;y\n6;x\n").warnings, "(the first: x, y)"));
  CHECK(scan("image;label\n1;x\n2;y, mild\n3;x\n4;x\n5;x\n6;x\n").warnings.empty());
}

TEST_CASE_FIXTURE(Fixture, "labels: splits without class folders, one of them without labels") {
  files({"train/1.png", "train/2.png", "val/3.png", "val/4.png", "test/5.png", "test/6.png"});
  const Dataset d = scan("image,label\n1,x\n2,y\n3,x\n4,y\n");
  CHECK((d.train.size() == 2 && d.val.size() == 2 && d.test.empty()));
  CHECK(d.val[0].below == "3.png");
  CHECK(any_advises(d.notes, "so nothing is tested", "predict", data / "test"));
  CHECK(d.warnings.empty());
  CHECK(group_overlap(d, data, GroupBy("^(\\d)")).groups == 4);
  Notes notes;
  const DataRules all = rules("image,label\n1,x\n2,y\n3,x\n4,y\n5,z\n6,z\n");
  CHECK(scan_split(data / "val", data, {"x", "y"}, all, notes, notes).size() == 2);
  CHECK_FALSE(any_has(notes, "name no image"));  // the table covers the other splits, too
  CHECK_THROWS_WITH_AS(scan_split(data / "test", data, {"x", "y"}, all, notes, notes),
                       doctest::Contains("rename or remove that label"), Error);
}

TEST_CASE_FIXTURE(Fixture, "labels: split creates class folders, and refuses invalid folder names") {
  files({"i/1.png", "i/2.png", "i/3.png", "i/4.png"});
  const std::vector<double> shares = {0.5, 0.5};
  const SplitPlan plan = plan_split(data, rules("image,label\n1,x\n2,y\n3,x\n4,y\n"), "", shares, 1);
  CHECK(plan.classes == Names{"x", "y"});
  CHECK(plan.images[0].name == fs::path("i/1.png"));
  for (const char* label : {"a/b", "..", ".a", "Thumbs.db"})
    CHECK_THROWS_WITH_AS(plan_split(data, rules(fmt::format("image,label\n1,x\n2,{}\n", label)), "", shares, 1),
                         doctest::Contains("name of a class folder"), Error);
}

TEST_CASE_FIXTURE(Fixture, "images without classes: train continues, eval gives advice, check has a finding") {
  files({"train/a/1.png", "train/b/2.png", "test/3.png", "val/4.png"});
  const Dataset flat = scan_dataset(data);
  CHECK((flat.train.size() == 2 && flat.test.empty() && flat.val.empty()));
  CHECK(any_advises(flat.notes, "test has no class folders, so nothing is tested", "predict", data / "test"));
  CHECK(any_has(flat.notes, "val has no class folders, so nothing is validated"));
  Notes notes;
  CHECK_THROWS_WITH_AS(scan_split(data / "test", data, {"a", "b"}, {}, notes, notes),
                       doctest::Contains("images without class folders"), Error);
  const AuditReport report = audit_data(data, {}, [](int64_t, int64_t) { return true; });
  CHECK(std::ranges::count(report.findings, "unlabelled", &Finding::code) == 2);
  CHECK(std::ranges::count(report.findings, "no-images", &Finding::code) == 0);
  CHECK(std::ranges::count(report.findings, "outside-of-class-folders", &Finding::code) == 0);
  fs::create_directories(data / "test/unknown");  // as flow_from_directory requires
  fs::rename(data / "test/3.png", data / "test/unknown/3.png");
  const Dataset wrapped = scan_dataset(data);
  CHECK(wrapped.test.empty());
  CHECK(any_has(wrapped.warnings, "its only folder 'unknown' is none of the classes, so nothing is tested"));
  files({"test/a/5.png"});
  CHECK_THROWS_WITH_AS(scan_dataset(data), doctest::Contains("'unknown' is not one of the trained"), Error);
}

TEST_CASE_FIXTURE(Fixture, "the --group-by rule of a split also works on its output") {
  files({"train/a/p1.png", "test/a/p1.png", "train/b/x/p2.png", "val/b/p3.png"});
  const fs::path now = p.path() / "new";
  std::ofstream(p.path() / "groups.csv")
      << "path,patient\na/p9.png,?\ntest/a/p1.png,T\ntrain/a/p1.png,P\nb/x/p2,Q\nval/b/p3,R\n";
  fs::create_directories(now);
  std::ofstream(now / "manifest.csv") << "path,source,class,group,split,sha256\n"
                                      << "train/a/p1.png,test/a/p1.png,a,T,train,0\n"
                                      << "test/a/train-p1.png,train/a/p1.png,a,P,test,0\n"
                                      << "val/b/x/p2.png,train/b/x/p2.png,b,Q,val,0\n";
  const std::vector<FileInData> files = {
      {"train/a/p1.png", "p1.png"}, {"test/a/train-p1.png", "train-p1.png"}, {"val/b/x/p2.png", "x/p2.png"}};
  const auto groups = [&](const std::string& by) { return GroupBy(by).groups_of(files, now); };
  CHECK(groups((p.path() / "groups.csv").string()) == Names{"T", "P", "Q"});
  CHECK(groups((now / "manifest.csv").string()) == Names{"T", "P", "Q"});
  CHECK(groups("^(p\\d)") == Names{"p1", "p1", ""});
  CHECK(groups("^(x/)?(p\\d)") == Names{"/p1", "/p1", "x//p2"});
  CHECK(GroupBy("^(p\\d)").groups_of({{"a/train-p1.png", "train-p1.png"}}, now / "test") == Names{"p1"});
}

}  // namespace graft::test
