// The CSV reader, for files of programs and of spreadsheets.
#include <doctest/doctest.h>

#include "engine/base/atomic_file.h"
#include "engine/base/csv.h"
#include "engine/tables/groups.h"
#include "tests/support/program.h"
#include "tests/support/scratch.h"

using namespace graft;

namespace {

using Rows = std::vector<std::vector<std::string>>;

Rows parse(const std::string& text) { return parse_csv(text, "table.csv"); }

}  // namespace

TEST_CASE("csv: all kinds of quotes, line ends, byte order marks and separators give the same rows") {
  const Rows rows = {{"class", "weight"}, {"a", "1"}, {"b", "2"}};
  for (const char* text :
       {"class,weight\na,1\nb,2\n", "class,weight\na,1\nb,2", "class,weight\r\na,1\r\nb,2\r\n",
        "\xEF\xBB\xBF"
        "class,weight\na,1\nb,2\n",
        "class;weight\na;1\nb;2\n", "class\tweight\na\t1\nb\t2\n", "class,weight\n\na,1\nb,2\n\n\r\n",
        "\"class\",\"weight\"\n\"a\",1\nb,\"2\"", "class,weight\ra,1\rb,2\r", "class;weight\r\ra;1\rb;2",
        "sep=;\nclass;weight\na;1\nb;2\n", "sep=|\r\nclass|weight\r\na|1\r\nb|2"}) {
    CAPTURE(text);
    CHECK(parse(text) == rows);
  }
  CHECK(parse("\"a,\"\"b\"\"\nc\",2;3\n") == Rows{{"a,\"b\"\nc", "2;3"}});
  CHECK(parse("a,\n,b\n\"\"\n") == Rows{{"a", ""}, {"", "b"}, {""}});
  CHECK(parse("5\" pipe,1\n") == Rows{{"5\" pipe", "1"}});  // a quote inside of a field is literal
  // The separator is the one that all lines have outside of quotes, not the first one found.
  CHECK(parse("name, first;n\na;1\nb;2\n") == Rows{{"name, first", "n"}, {"a", "1"}, {"b", "2"}});
  CHECK(parse("\"x, y\";n\na;0,5\nb;1,5\n") == Rows{{"x, y", "n"}, {"a", "0,5"}, {"b", "1,5"}});
  CHECK(parse("image,labels\n1,a;b\n2,c\n") == Rows{{"image", "labels"}, {"1", "a;b"}, {"2", "c"}});
  CHECK(parse("a\tb, c\n1\t2\n") == Rows{{"a", "b, c"}, {"1", "2"}});
  CHECK(parse("a;1,5\nb;0,7\n") == Rows{{"a", "1,5"}, {"b", "0,7"}});
  CHECK(parse("").empty());
  CHECK(parse("\n\n").empty());
  for (const char* text : {"a,\"b\n", "\"", "a,b\n\"c\"\",d"})
    CHECK_THROWS_WITH_AS(parse(text), doctest::Contains("never ends"), Error);
}

TEST_CASE("csv: tables of groups and of class weights follow the same rules") {
  const Scratch scratch;
  const auto data = scratch.path() / "data", table = scratch.path() / "table.csv";
  draw_stripes(data, {"ill", "well"}, 4);
  for (const char* text :
       {"class,weight\nill,1\nwell,2\n",
        "\xEF\xBB\xBF"
        "class,weight\r\nill,1\r\nwell,2\r\n",
        "class;weight\nill;1,0\nwell;2,5\n", "class,weight\nILL,1\nwell,2\n", "class,weight\nill,1\nwell,2\n\n"}) {
    CAPTURE(text);
    write_file(table, text);
    const auto run = scratch.path() / "run";
    const Run trained = shell("vgg-finetune train " + data.string() + tiny("--class-weights " + table.string()) +
                              "--out " + run.string());
    CHECK_MESSAGE(trained.code == 0, trained.output);
    std::filesystem::remove_all(run);
  }
  const auto refused = [&](const std::string& text) {
    write_file(table, text);
    const Run run = shell("vgg-finetune train " + data.string() + tiny("--class-weights " + table.string()) +
                          "--out " + (scratch.path() / "none").string());
    CHECK(run.code == 3);
    return run.output;
  };
  for (const char* name : {"count", "Images", "n", "Number of Images"})
    CHECK(refused(std::string("class,") + name + "\nill,10\nwell,20\n").find("--class-weights balanced") !=
          std::string::npos);
  CHECK(refused("class;weight\nill;1,000\nwell;2\n").find("'1,000' is not a weight") != std::string::npos);
  write_file(table, "path,group\n\"a.png,1\nb.png,2\n");
  CHECK_THROWS_WITH_AS(GroupBy(table.string()), doctest::Contains("never ends"), Error);
  CHECK_THROWS_WITH_AS(GroupBy("none"), doctest::Contains("no rule for groups"), Error);
}
