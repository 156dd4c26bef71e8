// Loggers: --log-format json, --tensorboard, --trace and vgg-finetune trace. None of them changes a bit of the results.
#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/cli/cli_fixture.h"

using namespace graft;
namespace fs = std::filesystem;
using nlohmann::json;

namespace {

struct Fixture : CliFixture {
  Fixture() : CliFixture({"circle", "line", "none"}, 8, "--head flatten:16 --lr 1e-3 ") {
    test_as_validation(data);
    for (const char* c : {"circle", "line", "none"}) {  // they share no file
      fs::remove(data / "val" / c / "image0.png");
      for (int i = 1; i < 4; ++i) fs::remove(data / "test" / c / fmt::format("image{}.png", i));
    }
  }
};

std::vector<json> events(const std::string& text) {
  std::vector<json> found;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) found.push_back(json::parse(line));
  return found;
}

using Table = std::vector<std::vector<std::string>>;
Table table_of(const std::string& csv) {
  Table rows;
  std::istringstream lines(csv);
  for (std::string line; std::getline(lines, line);) {
    rows.emplace_back();
    size_t begin = 0;
    for (size_t end; (end = line.find(',', begin)) != line.npos; begin = end + 1)
      rows.back().push_back(line.substr(begin, end - begin));
    rows.back().push_back(line.substr(begin));
  }
  return rows;
}

size_t column(const Table& table, const std::string& name) {
  const auto at = std::find(table[0].begin(), table[0].end(), name);
  REQUIRE(at != table[0].end());
  return size_t(at - table[0].begin());
}

}  // namespace

TEST_CASE_FIXTURE(Fixture, "--log-format json prints only objects, one per line") {
  const Run run = shell("vgg-finetune " + command("run", "--epochs 3 --log-format json") + " 2> " + at("text"));
  REQUIRE_MESSAGE(run.code == 0, text("text"));
  const std::vector<json> all = events(run.output);
  REQUIRE(all.size() >= 7);
  CHECK(all.front().at("event") == "start");
  CHECK(all.front().at("format") == 1);
  CHECK(all.front().at("images").at("train") == 24);
  CHECK(all.back().at("event") == "end");
  CHECK(all.back().at("status") == "done");
  CHECK(fs::exists(fs::path(all.back().at("model").get<std::string>())));
  int epochs = 0, passes = 0;
  for (const json& e : all) {
    CHECK(e.at("time") > 1.7e9);
    passes += e.at("event") == "frozen_pass";
    if (e.at("event") != "epoch") continue;
    CHECK(e.at("epoch") == ++epochs);
    for (const char* field : {"loss", "accuracy", "val_loss", "val_accuracy", "learning_rate", "seconds",
                              "images_per_second", "step", "epochs"})
      CHECK_MESSAGE(e.at(field).is_number(), field);
  }
  CHECK(epochs == 3);
  CHECK(passes == 2);                                          // training and validation images
  CHECK(text("text").find("epoch 3/3") != std::string::npos);  // human-readable text is not lost
}

TEST_CASE_FIXTURE(Fixture, "--log-format json reports errors and interruptions, too") {
  const Run bad = shell("vgg-finetune " + command("run", "--log-format json --unfreeze block9") + " 2> /dev/null");
  CHECK(bad.code == 2);
  const std::vector<json> all = events(bad.output);
  REQUIRE_FALSE(all.empty());
  CHECK(all.back().at("event") == "error");
  CHECK(all.back().at("fault") == "usage");
  CHECK(all.back().at("exit_code") == 2);
  CHECK(all.back().at("message").get<std::string>().find("block9") != std::string::npos);

  const Run cut = shell(kSignalled + "vgg-finetune " + command("cut", "--epochs 100000 --log-format json") +
                        " 2> /dev/null & run=$!; while kill -0 $run && ! [ -s " + at("cut/history.csv") +
                        " ]; do sleep 0.01; done; kill -TERM $run; wait $run");
  CHECK(cut.code == 143);
  const std::vector<json> logged = events(cut.output);
  REQUIRE_FALSE(logged.empty());
  CHECK(logged.back().at("event") == "end");
  CHECK(logged.back().at("status") == "interrupted");
}

TEST_CASE_FIXTURE(Fixture, "loggers change no bit of a run") {
  for (const std::string options : {"--epochs 3 --dropout 0.3", "--epochs 2 --unfreeze block4 --cache off"}) {
    REQUIRE(shell("vgg-finetune " + command("plain", options)).code == 0);
    const Run seen = shell("vgg-finetune " +
                           command("seen", options + " --trace --log-format json --tensorboard " + at("board")));
    REQUIRE_MESSAGE(seen.code == 0, seen.output);
    for (const char* file : {"model.h5", "history.csv", "predictions.csv"})
      CHECK_MESSAGE(text("seen/" + std::string(file)) == text("plain/" + std::string(file)), file);
    CHECK(text("plain/report.html").find("not a medical device") != std::string::npos);
    CHECK(text("plain/report.html").find("Inside the layers") == std::string::npos);
    fs::remove_all(at("plain"));
    fs::remove_all(at("seen"));
  }
  std::set<std::string> folders;
  for (const auto& file : fs::recursive_directory_iterator(at("board")))
    if (file.is_regular_file()) folders.insert(file.path().parent_path().filename().string());
  CHECK(folders == std::set<std::string>{"train", "validation"});
}

TEST_CASE_FIXTURE(Fixture, "--trace writes a line for each layer and epoch") {
  const std::string options = "--epochs 6 --unfreeze block5 --trace --threads 1";
  REQUIRE(shell("vgg-finetune " + command("whole", options)).code == 0);
  const Table rows = table_of(text("whole/trace.csv"));
  const size_t layer = column(rows, "layer"), epoch = column(rows, "epoch"), drift = column(rows, "drift"),
               update = column(rows, "update_to_weight"), gradient = column(rows, "gradient_norm");
  int trained = 0;
  double last = 0;
  for (size_t i = 1; i < rows.size(); ++i) {
    REQUIRE(rows[i].size() == rows[0].size());
    if (rows[i][epoch] == "0") CHECK(rows[i][drift].empty());
    if (rows[i][layer] != "block5_conv1" || rows[i][epoch] == "0") continue;
    ++trained;
    CHECK(std::stod(rows[i][gradient]) > 0);
    CHECK(std::stod(rows[i][update]) > 0);
    CHECK(std::stod(rows[i][drift]) > last / 2);
    last = std::stod(rows[i][drift]);
  }
  CHECK(trained == 6);
  CHECK(last > 1e-4);
  const std::string html = text("whole/report.html");
  const size_t inside = html.find("Inside the layers");
  REQUIRE(inside != html.npos);
  CHECK(html.find(fmt::format("{:.3g}", last), inside) != html.npos);

  // The same for the finished model: the drift of the last epoch, and none for frozen layers.
  const Run after = shell("vgg-finetune trace " + at("whole") + " " + data.string() + " --csv " + at("after.csv"));
  REQUIRE_MESSAGE(after.code == 0, after.output);
  const Table end = table_of(text("after.csv"));
  const auto summary = nlohmann::json::parse(text("whole/summary.json"));
  CHECK(has(summary.at("which_model").get<std::string>(),
            fmt::format("epoch {}", summary.at("model_epoch").get<int>())));
  for (size_t i = 1; i < end.size(); ++i) {
    CHECK(std::stoi(end[i][0]) == summary.at("model_epoch"));
    if (end[i][layer] == "block5_conv1") CHECK(std::stod(end[i][drift]) == doctest::Approx(last).epsilon(1e-4));
    if (end[i][layer] == "block1_conv1") CHECK(std::stod(end[i][drift]) == 0);
  }
}

// With one step per epoch, each signal arrives between the last step of an epoch and its end.
TEST_CASE_FIXTURE(Fixture, "a traced run that is stopped and resumed ends with the same trace.csv") {
  for (const std::string steps : {"", "--steps-per-epoch 1 "}) {
    const std::string options = "--unfreeze block5 --trace --threads 1 " + steps;
    const int epochs = stop_and_go(command("cut", options + kEndless), at("cut"),
                                   {{SIGTERM}, {SIGTERM}, {SIGTERM, Moment::start}, {SIGTERM}}, "--trace");
    REQUIRE(shell("vgg-finetune " + command("whole", options + fmt::format("--epochs {}", epochs))).code == 0);
    CHECK(text("cut/trace.csv") == text("whole/trace.csv"));
    for (const char* name : {"whole", "cut"}) fs::remove_all(at(name));
  }
}
