// The library states facts, the command line adds flags and commands: each advice has words that fit.
#include <doctest/doctest.h>
#include <fmt/core.h>

#include <functional>
#include <set>

#include "engine/data/dataset.h"
#include "engine/data/split.h"
#include "engine/image/depth.h"
#include "engine/tables/groups.h"
#include "kernels/api/backend.h"
#include "kernels/api/policy.h"
#include "tests/support/faulty_dataset.h"
#include "tests/support/words.h"
#include "tools/options/advice.h"
#include "weights/keras/keras_h5.h"

namespace graft::test {
namespace {

namespace fs = std::filesystem;

bool names_the_command_line(const std::string& text) { return has(text, "--") || has(text, "vgg-finetune"); }

// What is said of a mistake has `words` on the command line, and nothing of the command line in the library.
void check_said(const Note& said, const std::string& words) {
  INFO(with_advice(said));
  CHECK_FALSE(said.text.empty());
  CHECK_FALSE(names_the_command_line(said.text));
  CHECK(with_advice(said).starts_with(said.text));
  CHECK(has(with_advice(said), words));
}

void check_refusal(const std::string& words, const std::function<void()>& mistake) {
  try {
    mistake();
    FAIL_CHECK("no error; wanted: " << words);
  } catch (const Error& e) {
    CHECK(with_advice(e) == with_advice(Note(e.what(), e.advice())));
    check_said({e.what(), e.advice()}, words);
  }
}

struct Fixture : FaultyDataset {
  fs::path data = path() / "data";

  void files(const std::vector<std::string>& names) const {
    for (const std::string& name : names) file(name, name);
  }
  std::string table(const std::string& text) const {
    std::ofstream(path() / "t.csv", std::ios::binary) << text;
    return (path() / "t.csv").string();
  }
};

}  // namespace

TEST_CASE("advice: each row has words for its values, and a key of its own") {
  std::set<std::string_view> keys;
  for (const AdviceRow& row : advice_rows()) {
    CAPTURE(std::string(row.key));
    CHECK(keys.insert(row.key).second);
    Advice advice{row.key};
    for (size_t i = 0; i < (*row.each ? 3 : row.values); ++i) advice.values.push_back(fmt::format("value{}", i));
    const std::string text = with_advice("FACT", advice);
    CHECK(text.starts_with("FACT"));
    CHECK((text[4] == ';' || text[4] == ',' || text[4] == ' '));
    CHECK(names_the_command_line(text));
    CHECK(text.find_first_of("{}") == text.npos);
    for (const std::string& value : advice.values) CHECK(has(text, value));
    if (*row.each) continue;
    advice.values.push_back("one more");
    CHECK(with_advice("FACT", advice) == "FACT");
  }
}

TEST_CASE("advice: a name with blanks or quotes is one word for the shell") {
  CHECK(with_advice("FACT", {"exclude-folder", {"it's"}}) == R"(FACT; --exclude 'it'\''s' leaves it out)");
  CHECK(with_advice("FACT", {"exclude-all", {"a", "b *"}}) ==
        "FACT; leave them out with --exclude a --exclude 'b *'");
}

TEST_CASE("advice: a fact is told where there is none, or one that nobody knows") {
  CHECK(with_advice("FACT", {}) == "FACT");
  CHECK(with_advice("FACT", Advice{std::string_view("of another program"), {"x"}}) == "FACT");
  CHECK(with_advice(Error(Fault::data, "FACT")) == "FACT");
}

TEST_CASE_FIXTURE(Fixture, "advice: folders that cannot be used") {
  files({"a/1.png", "b/2.png"});
  check_refusal("; if these are the classes, vgg-finetune split " + data.string() + " --out NEW divides them",
                [&] { scan_dataset(data); });
  fs::remove_all(data);
  files({"train/a/1.png", "train/b/2.png", "train/c/1.npy", "test/3.png"});
  check_refusal("or remove the folder; --exclude c leaves it out", [&] { scan_dataset(data); });
  check_refusal(": the patterns leave nothing of it; change --exclude and --only", [&] {
    scan_dataset(data, {{}, {"*.jpg"}});
  });
  const Dataset all = scan_dataset(data, {{"c", "*.tif"}, {}});
  REQUIRE(all.warnings.size() == 2);
  check_said(all.warnings[0], "matches no file");
  check_said(all.warnings[0], "; it is one of --exclude");
  check_said(all.warnings[1], "by patterns of --exclude or --only");
  bool predicts = false, left_out = false;
  for (const Note& note : all.notes) {
    const std::string text = with_advice(note);
    predicts |= has(text, "so nothing is tested; vgg-finetune predict RUN " + (data / "test").string());
    left_out |= has(text, "left out 1: matching a pattern of --exclude");
  }
  CHECK((predicts && left_out));
  std::vector<Note> notes;
  check_refusal("; --labels FILE may name their classes; without any, vgg-finetune predict RUN ", [&] {
    scan_split(data / "test", data, {"a", "b"}, {}, notes, notes);
  });
}

TEST_CASE_FIXTURE(Fixture, "advice: tables and groups that do not fit") {
  files({"train/a/1.png", "train/b/2.png"});
  const std::string t = table("image,u,dx,target\n1,x,y,z\n2,x,y,z\n");
  check_refusal("; say which: --labels " + t + ":IMAGE_COLUMN,LABEL_COLUMN, as in " + t + ":image,dx", [&] {
    scan_dataset(data, {{}, {}, t});
  });
  check_refusal("; --labels takes a table", [&] { scan_dataset(data, {{}, {}, "nowhere.csv"}); });
  check_refusal("it has: image, u, dx, target; say which one: --group-by " + t + ":IMAGE_COLUMN,GROUP_COLUMN",
                [&] { GroupBy{t}; });
  check_refusal("'none' is no rule for groups; as an expression it is [n]one; leave out --group-by",
                [&] { GroupBy{"none"}; });
  check_refusal("there is no such file; --group-by takes", [&] { GroupBy{"nowhere.csv"}; });
  const std::vector<double> shares = {0.5, 0.5};
  check_refusal("; vgg-finetune check --group-by lists all that have none",
                [&] { plan_split(data, {}, "^(1)", shares, 1); });
  check_refusal("a table of labels (--labels)", [&] { plan_split(data, {{"b"}, {}}, "", shares, 1); });
}

TEST_CASE_FIXTURE(Fixture, "advice: weights and kernels") {
  std::ofstream(path() / "x.h5", std::ios::binary) << std::string("\x10\0\0\0\0\0\0\0{\"a\":0}         ", 24);
  check_refusal("; convert it to .h5 with `vgg-finetune weights convert`", [&] { KerasFile(path() / "x.h5"); });
  KernelPolicy policy{.precision = Precision::tf32};
  check_refusal("no kernels of precision tf32; choose another --precision or --device",
                [&] { check_policy(cpu_backend(), policy); });
  policy = {.precision = Precision::bf16, .conv2d = "direct"};
  check_refusal("; pick for it too (--kernel conv2d_bf16=", [&] { check_policy(cpu_backend(), policy); });
  try {
    parse_levels(0, "7");
    FAIL_CHECK("taken");
  } catch (const Error& e) {
    CHECK_FALSE(names_the_command_line(e.what()));
  }
}

}  // namespace graft::test
