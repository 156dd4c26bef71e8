// Tables of file names in practice: names of columns, spellings of paths, and errors.
#include <doctest/doctest.h>

#include <fstream>

#include "engine/tables/groups.h"
#include "engine/tables/name_table.h"
#include "engine/tables/table_file.h"
#include "kernels/api/error.h"
#include "tests/support/scratch.h"

namespace graft::test {
namespace {

namespace fs = std::filesystem;
using Paths = std::vector<fs::path>;

struct Fixture : Scratch {
  fs::path write(const std::string& text, const std::string& name = "table.csv") const {
    std::ofstream(path() / name, std::ios::binary) << text;
    return path() / name;
  }
  std::vector<std::string> groups(const std::string& by, const Paths& files) const {
    std::vector<FileInData> all;
    for (const fs::path& file : files) all.push_back({file, file.filename()});
    return GroupBy(by).groups_of(all, path());
  }
};

// Returns the index of the matching row for each file; "-" for none.
std::string match(const std::vector<std::string>& names, const Paths& files,
                  NameTable::OneRow one = NameTable::OneRow::for_one) {
  std::vector<NamedRow> rows;
  for (size_t i = 0; i < names.size(); ++i) rows.push_back({names[i], std::to_string(i), i + 2});
  const NameTable table("t.csv", rows, "groups");
  std::string text;
  for (const int row : table.match(files, one).row_of) text += row < 0 ? "-" : table.rows()[size_t(row)].value;
  return text;
}

}  // namespace

TEST_CASE("names: with and without suffix and folders, backslashes, paths of other machines") {
  CHECK(match({"a/0.png", "b/0.png"}, {"b/0.png", "a/0.png"}) == "10");
  CHECK(match({"a\\0.png", "b\\0.png"}, {"b/0.png", "a/0.png"}) == "10");
  CHECK(match({"C:\\x y\\a\\0.png", "C:\\x y\\b\\0.png"}, {"b/0.png", "a/0.png"}) == "10");
  CHECK(match({"/mnt/d/a/0.png", "/mnt/d/b/0.png"}, {"train/b/0.png", "test/a/0.png"}) == "10");
  CHECK(match({"/mnt/d/0.png", "/mnt/d/1.png"}, {"train/b/1.png", "train/a/0.png"}) == "10");
  CHECK(match({"./a//0.png", "1"}, {"a/0.png", "b/1.jpeg"}) == "01");
  CHECK(match({"0.dcm", "1.PNG", "2.png"}, {"a/0.png", "1.png", "2.bmp"}) == "012");
  CHECK(match({"1.2.840", "1.2.841"}, {"1.2.841.png", "1.2.840.png"}) == "10");
  CHECK(match({"1.2.840.7"}, {"1.2.840.png"}) == "-");
  CHECK(match({"back\\slash.png", "slash.png"}, {"back\\slash.png"}) == "0");
  CHECK(match({"h\\xe9.png", "o.png"}, {"h\xE9.png"}) == "0");  // as escaped in our own tables
  CHECK(match({"h\xE9.png"}, {"h\xE9.png"}) == "0");
  CHECK(match({"0.png", "1.png"}, {"1.png", "a/0.png"}) == "10");
  CHECK(match({"0.jpg", "0.png"}, {"0.png", "0.jpg"}) == "10");
  CHECK(match({}, {"a.png"}) == "-");
}

TEST_CASE("names: a row with another folder does not match") {
  CHECK(match({"b/0.png", "a/1.png"}, {"a/0.png", "a/1.png"}) == "-1");
  CHECK(match({"b/0.png"}, {"a/0.png", "b/0.png"}) == "-0");
  CHECK(match({"x/0.png"}, {"a/0.png", "b/0.png"}, NameTable::OneRow::for_many) == "--");
  CHECK(match({"0.png"}, {"a/0.png", "b/0.png"}, NameTable::OneRow::for_many) == "00");
  CHECK_THROWS_WITH_AS(match({"0"}, {"a/0.png", "b/0.png"}), doctest::Contains("may be a/0.png or b/0.png"), Error);
  CHECK_THROWS_WITH_AS(match({"0"}, {"a/0.png", "a/0.jpg"}), doctest::Contains("row 2 (0) may be"), Error);
  CHECK_THROWS_WITH_AS(match({"x/a/0.png", "y/a/0.png"}, {"a/0.png"}), doctest::Contains("or row 3 (y/a/0.png"),
                       Error);
  CHECK(match({"a/0.png", "0.png"}, {"a/0.png", "0.png"}) == "01");
  for (const auto& twice :
       std::vector<std::vector<std::string>>{{"a/0.png", "0.png"}, {"0.png", "0"}, {"a/0", "0"}})
    CHECK_THROWS_WITH_AS(match(twice, {"a/0.png"}), doctest::Contains("may be row 2"), Error);
  std::vector<std::string> names;
  Paths files;
  for (int i = 0; i < 3000; ++i)  // the same name in each: must not take quadratic time
    names.push_back("p" + std::to_string(i) + "/image.png"),
        files.emplace_back("q" + std::to_string(i) + "/image.png");
  CHECK(match(names, files) == std::string(3000, '-'));
}

TEST_CASE("names: Unicode forms and case are ignored if nothing else matches and the match is unique") {
  CHECK(match({"h\xC3\xA9mi_1.png", "B.PNG"}, {"he\xCC\x81mi_1.png", "a/b.png"}) == "01");
  CHECK(match({"IMG 1"}, {"img_1.jpg"}) == "0");
  CHECK(match({"A.png", "a.png"}, {"a.png"}) == "1");
  CHECK(match({"A.png"}, {"a.png", "A.png"}) == "-0");
  CHECK(match({"B.png", "b.PNG"}, {"x/b.jpg"}) == "1");        // by its stem, as before
  CHECK(match({"Bb.png", "bB.png"}, {"x/bb.png"}) == "-");     // two rows
  CHECK(match({"BB.png"}, {"x/bb.png", "x/Bb.png"}) == "--");  // two files
  CHECK(match({"p1/X.png", "p2/y.png"}, {"P1/x.png", "p3/Y.png"}) == "0-");
  const NameTable table("t.csv", {{"\xC3\x89t\xC3\xA9.png", "v", 2}, {"other", "w", 3}}, "groups");
  const auto matched = table.match({"E\xCC\x81te\xCC\x81.png"}, NameTable::OneRow::for_one);
  CHECK(matched.row_of == std::vector<int>{0});
  CHECK(matched.note.find("t.csv: 1 images fit a row only as people read names") == 0);
  CHECK(table.match({"other.png"}, NameTable::OneRow::for_one).note.empty());
  CHECK(table.compare_names({"x.png"}) ==
        "names there look like \xC3\x89t\xC3\xA9.png, those of the images like x.png");
  CHECK(table.compare_names({"OTHER.png"}) ==
        "names that look alike differ: 'other' and 'OTHER.png' (bytes 6f 74 68 65 72 "
        "and 4f 54 48 45 52 2e 70 6e 67)");
}

TEST_CASE_FIXTURE(Fixture, "columns are recognised by the names that public data sets use") {
  const Paths files = {"a/1.png", "b/2.png"};
  for (const char* header :
       {"lesion_id,image_id", "patient_id,image_name", "Patient ID,Image Index", "patientid,filename",
        "Patient,Filename", "GROUP,Path", "Subject-ID,image file path", "case,img.id", "participant_id,file"}) {
    CAPTURE(header);
    CHECK(groups(write(std::string(header) + "\nP,1\nQ,2.jpg\n"), files) == std::vector<std::string>{"P", "Q"});
  }
  CHECK(groups(write("patientId,x\n1,3\n2,4\n"), files) == std::vector<std::string>{"1", "2"});  // RSNA
  const GroupBy both(write("image_id,lesion_id,Patient Id\n1,L1,P\n2,L2,P\n"));
  CHECK(both.groups_of({{"a/1.png", "1.png"}, {"b/2.png", "2.png"}}, path()) == std::vector<std::string>{"P", "P"});
  REQUIRE(both.notes().size() == 1);
  CHECK(both.notes()[0].find("Patient Id, not lesion_id") != std::string::npos);
  const std::string other = write("scan,eye,who\n1,l,P\n2,r,Q\n");
  CHECK_THROWS_WITH_AS(GroupBy{other},
                       doctest::Contains("is known to name images (image, path, ...); it has: scan, eye, who"),
                       Error);
  CHECK(groups(other + ":scan,who", files) == std::vector<std::string>{"P", "Q"});
  CHECK(groups(other + ":SCAN,eye", files) == std::vector<std::string>{"l", "r"});
  CHECK_THROWS_WITH_AS(GroupBy(other + ":scan,nobody"), doctest::Contains("does not name two"), Error);
  CHECK_THROWS_WITH_AS(GroupBy("/nowhere/t.csv:a,b"), doctest::Contains("no such file"), Error);
  const GroupBy missing(write("path,patient\n1,P\n2,NA\n3,NA\n"));
  CHECK(missing.groups_of({{"a/1.png", "1.png"}, {"a/2.png", "2.png"}}, path()) ==
        std::vector<std::string>{"P", ""});
  CHECK(missing.example().find("2 x 'NA'; give each of these images a group") != std::string::npos);
  const std::string odd = write("\"a, b\",c:d\n1,P\n2,Q\n", "od:d, name.csv");
  CHECK(groups(odd + ":a, b,c:d", files) == std::vector<std::string>{"P", "Q"});
  CHECK_THROWS_WITH_AS(GroupBy(write("path,group\n1,P\n1,Q\n")), doctest::Contains("P (row 2) and Q (row 3)"),
                       Error);
}

TEST_CASE_FIXTURE(Fixture, "tables of spreadsheets: UTF-16, blanks, empty rows; binary files are refused by name") {
  const Paths files = {"a/1.png"};
  std::string utf16 = "\xFF\xFE";
  for (const char c : std::string("path\tgroup\r\na\\1.png\tP\r\n")) utf16 += c, utf16 += '\0';
  CHECK(groups(write(utf16), files)[0] == "P");
  std::string big = "\xFE\xFF";
  for (const char c : std::string("path;group\n1;P\n")) big += '\0', big += c;
  CHECK(groups(write(big), files)[0] == "P");
  CHECK(groups(write("path ; group\r\n 1.png ; P \r\n;\r\n"), files)[0] == "P");
  CHECK_THROWS_WITH_AS(GroupBy(write(std::string("PK\0\3", 4))), doctest::Contains("save the table as CSV"), Error);
  CHECK_THROWS_WITH_AS(GroupBy(write("\xFF\xFE\x41")), doctest::Contains("is no text"), Error);
}

}  // namespace graft::test
