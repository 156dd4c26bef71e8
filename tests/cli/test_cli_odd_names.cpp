// File names that are not UTF-8: all written files are UTF-8 and can be read back.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "tests/support/program.h"
#include "tests/support/scratch.h"
#include "tests/support/words.h"

using namespace graft;
namespace fs = std::filesystem;

namespace {

bool is_utf8(const std::string& text) {
  try {
    return !nlohmann::json(text).dump().empty();
  } catch (const nlohmann::json::exception&) {
    return false;
  }
}

// Checks that all CSV, JSON and HTML files below a folder are UTF-8, and returns their number.
int check_texts(const fs::path& folder) {
  int count = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const std::string kind = entry.path().extension();
    if (kind != ".csv" && kind != ".json" && kind != ".html") continue;
    CHECK_MESSAGE(is_utf8(slurp(entry.path())), entry.path());
    ++count;
  }
  return count;
}

struct Fixture {
  Scratch scratch;
  fs::path raw = scratch.path() / "raw", data = scratch.path() / "data", run = scratch.path() / "run";
  // Two images per patient; names in Latin-1, with a line end, and like an escape.
  Fixture() {
    draw_stripes(scratch.path() / "drawn", {"a", "b\tc"}, 8);
    for (const char* c : {"a", "b\tc"}) {
      fs::create_directories(raw / c);
      for (int i = 0; i < 8; ++i)
        fs::copy_file(scratch.path() / "drawn/train" / c / ("image" + std::to_string(i) + ".png"),
                      raw / c / ("h\xE9mi\n" + std::to_string(i / 2) + "_\\xe9" + std::to_string(i) + ".png"));
    }
  }
  Run split(const std::string& options) const {
    return shell("vgg-finetune split " + raw.string() + " --out " + data.string() + " " + options);
  }
  Run train(const std::string& options) const {
    return shell("vgg-finetune train " + data.string() + tiny(options) + "--out " + run.string());
  }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture,
                  "names that are not UTF-8: tables are UTF-8, and --group-by, weights and the report find them") {
  const Run made = split("--val 0.25 --test 0.25 --group-by '(^[^_]+)_'");
  REQUIRE_MESSAGE(made.code == 0, made.output);
  std::ofstream(scratch.path() / "weights.csv") << "class,weight\na,1\nb\\x09c,2\n";
  const Run trained = train("--log-steps --group-by " + (data / "manifest.csv").string() + " --class-weights " +
                            (scratch.path() / "weights.csv").string());
  REQUIRE_MESSAGE(trained.code == 0, trained.output);
  says(trained.output, "groups, 0 shared");
  CHECK(trained.output.find("no pictures") == trained.output.npos);
  const std::string report = slurp(run / "report.html");
  CHECK(report.find("No picture: ") == report.npos);
  says(report, "image/jpeg");
  const Run explained = shell("vgg-finetune explain " + run.string() + " " + (data / "test").string());
  CHECK_MESSAGE(explained.code == 0, explained.output);
  const Run evaluated = shell("vgg-finetune eval " + run.string() + " " + data.string() + " --group-by " +
                              (data / "manifest.csv").string());
  CHECK_MESSAGE(evaluated.code == 0, evaluated.output);
  const Run predicted =
      shell("vgg-finetune predict " + run.string() + " --csv " + (data / "test/a").string() + "/*");
  CHECK_MESSAGE(predicted.code == 0, predicted.output);
  CHECK(is_utf8(predicted.output));
  CHECK(check_texts(scratch.path()) >= 12);
  for (const char* file : {"run/predictions.csv", "run/validation_predictions.csv", "run/order.csv",
                           "data/manifest.csv", "run/eval/1/predictions.csv", "run/explain/1/maps.csv"})
    says(slurp(scratch.path() / file), "/h\\xe9mi\\x0a");
  says(slurp(run / "metrics.csv"), "b\\x09c,recall");
  const Run again = shell("vgg-finetune report " + run.string() + " --out " + (scratch.path() / "r.html").string());
  CHECK_MESSAGE(again.code == 0, again.output);
  CHECK(slurp(scratch.path() / "r.html") == report);
}
