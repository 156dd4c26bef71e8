// Regular expressions: matches, errors, and bounded time and memory for any expression and name.
#include <doctest/doctest.h>

#include "engine/tables/expression.h"
#include "engine/tables/groups.h"
#include "kernels/api/error.h"
#include "tests/support/program.h"
#include "tests/support/scratch.h"

using namespace graft;

namespace {

std::string repeated(const std::string& text, int count) {
  std::string all;
  for (int i = 0; i < count; ++i) all += text;
  return all;
}

// Patterns with which a backtracking matcher would run for ever or overflow the stack.
std::vector<std::string> hostile_patterns() {
  return {"(a+)+_",
          "(.*)*_",
          "(a|aa)+$",
          "(a*)*b",
          "(.|/)*x",
          "(d|a|/)*x",
          "(a+)+(a+)+(a+)+$",
          repeated("[a-z]*", 600) + "_",
          repeated("a?", 500) + repeated("a", 500),
          "(.*)(.*)(.*)(.*)(.*)(.*)(.*)(.*)(.*)(.*)_",
          "(x+x+)+y",
          "^(([a-z])+.)+[A-Z]([a-z])+$",
          "[^_]*[^_]*[^_]*[^_]*_",
          "(a{1,30}){1,30}_"};
}
std::vector<std::string> impossible_patterns() {
  return {repeated("(", 20000),
          repeated("(", 20000) + repeated(")", 20000),
          "a{1000}{1000}",
          "((a{100}){100}){100}",
          repeated("(a|b", 9000),
          repeated("[a-z]*", 100000),
          repeated("\\pL{1000}", 500),
          std::string("a\0(", 3)};
}

}  // namespace

TEST_CASE("an expression finds the first match and its groups") {
  const auto match = Expression("([a-z]+)_(\\d+)(x)?").search("..ab_12.png");
  REQUIRE(match);
  CHECK(match->begin == 2);
  CHECK(match->length == 5);
  CHECK(match->groups == std::vector<std::string>{"ab", "12", ""});
  CHECK_FALSE(Expression("^b").search("ab"));
  CHECK(Expression("(?i)PATIENT(\\d+)").search("patient7")->groups[0] == "7");
  CHECK(Expression("a|ab").search("ab")->length ==
        1);  // the first alternative that matches, as in Perl, not the longest
  CHECK(Expression("").search("")->length == 0);
  CHECK(Expression("(?P<patient>p\\d)_").search("p1_2")->groups[0] == "p1");
}

// Names of patients may be in any script, and names of files may be invalid UTF-8.
TEST_CASE("characters are those of UTF-8, or bytes if a name is not UTF-8") {
  CHECK(Expression("^(.)").search("\u8111\u7624_1.png")->groups[0] == "\u8111");
  CHECK(Expression("^([^\u5e74]+)\u5e74").search("\u5e73\u6210\u5e74")->groups[0] == "\u5e73\u6210");
  CHECK(Expression("(?i)\u00c4").search("x\u00e4"));
  CHECK(Expression("^([^_]+)_").search("M\xFCller_1.png")->groups[0] == "M\xFCller");
  CHECK(Expression("^(.+)_").search("\xFF\xFE\x80_1.png")->groups[0] == "\xFF\xFE\x80");
  CHECK(Expression("\u00fc_(\\d)").search("\xFFM\u00fc_7")->groups[0] == "7");
  CHECK(Expression("M(\xFC)").search("M\xFC")->groups[0] == "\xFC");  // the pattern is not UTF-8 either
}

TEST_CASE("syntax that has no linear-time matcher is refused by name") {
  for (const char* pattern : {"p(?=1)", "p(?!1)", "(?<=a)b", "(?<!a)b", "(?<name>a)"})
    CHECK_THROWS_WITH_AS(Expression{pattern}, doctest::Contains("look-ahead and look-behind"), Error);
  CHECK_THROWS_WITH_AS(Expression("(a)\\1"), doctest::Contains("back-references (\\1) are not supported"), Error);
  for (const char* pattern : {"([", "(", ")", "*", "a{2,1}", "\\", "[b-a]", "a**", "(?P<n>a"}) {
    CAPTURE(pattern);
    CHECK_THROWS_WITH_AS(Expression{pattern}, doctest::Contains("no regular expression"), Error);
  }
  try {
    GroupBy("p(?=1)");
  } catch (const Error& e) {
    CHECK(e.fault() == Fault::usage);
    CHECK(std::string(e.what()).starts_with("p(?=1): there is no such file, and it is no regular "));
    CHECK(e.advice().key == "group-by");
  }
}

// A backtracking matcher would not finish in a lifetime, and would exceed the time limit of a test.
TEST_CASE("hostile expressions and names of any length finish in time") {
  const std::string long_name = repeated("a", 4000), path = repeated("d/", 1990) + "x.png",
                    odd = repeated("\xFF", 4000);
  for (const std::string& pattern : hostile_patterns()) {
    CAPTURE(pattern.substr(0, 60));
    const Expression expression(pattern);
    for (const std::string& name : {long_name, path, odd, repeated("a", 200)})
      CHECK_NOTHROW(expression.search(name));
  }
  for (const std::string& pattern : impossible_patterns()) {
    CAPTURE(pattern.substr(0, 60));
    try {
      Expression(pattern).search(long_name);
    } catch (const Error& e) {
      CHECK(e.fault() == Fault::usage);
      CHECK(std::string(e.what()).size() < 400);
    }
  }
}

TEST_CASE("hostile expressions from the command line, on a small stack") {
  const Scratch scratch;
  const std::string data = (scratch.path() / "data").string();
  draw_stripes(data, {"a", "b"}, 4);
  std::filesystem::copy(data + "/train/a/image0.png", data + "/train/a/" + repeated("a", 250) + ".png");
  const auto check = [&](const std::string& pattern) {
    return shell("ulimit -s 512; vgg-finetune check " + data + " --threads 1 --group-by '" + pattern + "'");
  };
  for (const char* pattern : {"(a+)+_", "(.*)*_", "(d|a|/)*x"}) CHECK(check(pattern).code == 3);
  CHECK(check("([a-z]+\\d*)").code != 2);
  for (const std::string& pattern : {repeated("(", 20000), std::string("a{1000}{1000}"), std::string("(a)\\1")}) {
    const Run run = check(pattern);
    CHECK_MESSAGE(run.code == 2, run.output.substr(0, 500));
  }
}
