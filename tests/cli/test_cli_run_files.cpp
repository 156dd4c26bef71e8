// The files of a finished run belong together: if one is changed, by accident or on purpose, every command that uses it
// reports an error that names it. And files of untrusted runs are read safely.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <nlohmann/json.hpp>

#include "tests/cli/cli_fixture.h"
#include "weights/checkpoint.h"

using namespace graft;
namespace fs = std::filesystem;

namespace {

struct Ended : CliFixture {
  fs::path run = scratch.path() / "run", whole = scratch.path() / "whole";
  std::string image = (data / "test/ring/image0.png").string();
  Ended() : CliFixture({"ring", "none"}, 8) {
    test_as_validation(data);
    fs::remove(data / "val/ring/image0.png"), fs::remove(data / "val/none/image1.png");
    const Run trained = train("whole", "--epochs 2");
    REQUIRE_MESSAGE(trained.code == 0, trained.output);
    restore();
  }
  void restore() const {
    fs::remove_all(run);
    fs::copy(whole, run);
  }
  std::map<std::string, Run> all() const {
    const std::string r = run.string(), out = (scratch.path() / "out").string();
    std::map<std::string, Run> outcome;
    outcome["predict"] = shell("vgg-finetune predict " + r + " " + image);
    outcome["eval"] = shell("vgg-finetune eval " + r + " " + data.string() + " --out " + out);
    outcome["explain"] = shell("vgg-finetune explain " + r + " " + image + " --out " + out + "2");
    outcome["report"] = shell("vgg-finetune report " + r);
    outcome["resume"] = shell("vgg-finetune train --resume " + r);
    fs::remove_all(out), fs::remove_all(out + "2");
    return outcome;
  }
};

std::string with_flipped_bit(std::string bytes, size_t bit) {
  bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ 1 << bit % 8);
  return bytes;
}

void overwrite(const fs::path& file, const std::string& bytes) {
  std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
}

}  // namespace

TEST_CASE_FIXTURE(Ended, "run files: every command accepts unchanged files, and a resumed run writes new ones") {
  for (const auto& [command, outcome] : all()) CHECK_MESSAGE(outcome.code == 0, command << ": " << outcome.output);
  const auto digests = nlohmann::json::parse(slurp(run / "digests.json")).at("files");
  for (const char* file :
       {"model.h5", "config.json", "metrics.json", "predictions.csv", "history.csv", "calibration.json"})
    CHECK(digests.contains(file));
  const Run more = shell("vgg-finetune train --resume " + run.string() + " --epochs 3");
  CHECK_MESSAGE(more.code == 0, more.output);
  CHECK(nlohmann::json::parse(slurp(run / "digests.json")).at("files").at("model.h5") != digests.at("model.h5"));
  CHECK(shell("vgg-finetune report " + run.string()).code == 0);
}

TEST_CASE_FIXTURE(Ended, "run files: a changed one is named by every command that uses it") {
  struct Case {
    const char* file;
    int code;
    std::vector<std::string> refusing;
  };
  for (const Case& c :
       {Case{"model.h5", 4, {"predict", "eval", "explain", "report", "resume"}},
        Case{"config.json", 3, {"predict", "eval", "explain", "report", "resume"}},
        Case{"calibration.json", 3, {"eval", "report", "resume"}}, Case{"metrics.json", 3, {"report", "resume"}},
        Case{"predictions.csv", 3, {"report", "resume"}}, Case{"history.csv", 3, {"report", "resume"}},
        Case{"summary.json", 3, {"report", "resume"}}, Case{"images.csv", 3, {"report", "resume"}}}) {
    for (const bool gone : {false, true}) {
      restore();
      const std::string before = slurp(run / c.file);
      if (gone)
        fs::remove(run / c.file);
      else  // changes the last digit: a valid file with another number
        overwrite(run / c.file, with_flipped_bit(before, 8 * before.find_last_of("0123456789")));
      auto outcome = all();
      for (const std::string& command : c.refusing) {
        CAPTURE(command + " " + c.file + outcome.at(command).output);
        CHECK(outcome.at(command).code >= 3);
        CHECK(has(outcome.at(command), c.file));
        if (!gone) CHECK(outcome.at(command).code == c.code);
        if (!gone) CHECK(has(outcome.at(command), "is not the file that training wrote"));
      }
    }
  }
  restore();  // valid metrics of another run
  std::string other = slurp(run / "metrics.json");
  other.replace(other.find("\"value\": "), 9, "\"value\":  ");
  overwrite(run / "metrics.json", other);
  CHECK(has(shell("vgg-finetune report " + run.string()), "metrics.json: is not the file"));
  restore();
  fs::copy_file(run / "model.h5", run / "best.h5");  // of another training
  CHECK(has(shell("vgg-finetune report " + run.string()), "best.h5: did not exist when training ended"));
}

TEST_CASE_FIXTURE(Ended, "run files: a model with a flipped bit makes no predictions") {
  const std::string bytes = slurp(run / "model.h5");
  const size_t bits = 8 * bytes.size();
  constexpr size_t kFlips = GRAFT_FEW_CASES ? 5 : 40;
  for (size_t i = 0; i < kFlips; ++i) {
    overwrite(run / "model.h5", with_flipped_bit(bytes, i * 7919 * 104729 % bits));
    const Run outcome = shell("vgg-finetune predict " + run.string() + " " + image);
    CHECK_MESSAGE(outcome.code == 4, outcome.output);
  }
}

TEST_CASE_FIXTURE(Ended, "run files: a run of an earlier version is used, with a note that nothing was verified") {
  fs::remove(run / "digests.json");
  const Run outcome = shell("vgg-finetune predict " + run.string() + " " + image);
  CHECK(outcome.code == 0);
  CHECK(has(outcome, "has no digests.json"));
  overwrite(run / "digests.json", "{\"format\": 1, \"files\": {\"model.h5\": 3}}");
  CHECK(shell("vgg-finetune predict " + run.string() + " " + image).code == 3);
}

TEST_CASE_FIXTURE(Ended, "run files: while a run is extended, its previous results stay verified") {
  const Run cut = shell("timeout -s KILL 2 vgg-finetune train --resume " + run.string() + " --epochs 100000");
  REQUIRE(cut.code == 128 + 9);
  const std::string predict = "vgg-finetune predict " + run.string() + " " + image;
  CHECK(shell(predict).code == 0);
  std::string metrics = slurp(run / "metrics.json");
  metrics.insert(metrics.find("\"value\": ") + 9, "0.0");
  overwrite(run / "metrics.json", metrics);
  const Run report = shell("vgg-finetune report " + run.string());
  CHECK(report.code == 3);
  CHECK(has(report, "metrics.json: is not the file"));
  overwrite(run / "model.h5", with_flipped_bit(slurp(run / "model.h5"), 80001));
  CHECK(shell(predict).code == 4);
}

TEST_CASE_FIXTURE(Ended, "run files: digests of unknown files, or of too few, are damaged") {
  for (const char* files : {"{}", "{\"model.h5\": \"\"}",
                            "{\"config.json\": \"\", \"model.h5\": \"\", \"../../../etc/passwd\": \"x\"}"}) {
    overwrite(run / "digests.json", fmt::format("{{\"format\": 1, \"files\": {}}}", files));
    const Run outcome = shell("vgg-finetune report " + run.string());
    CHECK(outcome.code == 3);
    CHECK_MESSAGE(has(outcome, "digests.json: "), outcome.output);
    CHECK_FALSE(has(outcome, "remove it"));
  }
}

TEST_CASE_FIXTURE(Ended, "run files: private permissions are kept when files are written again") {
  for (const auto& entry : fs::directory_iterator(run)) fs::permissions(entry.path(), fs::perms(0600));
  const Run more = shell("vgg-finetune train --resume " + run.string() + " --epochs 3");
  REQUIRE_MESSAGE(more.code == 0, more.output);
  for (const auto& entry : fs::directory_iterator(run))
    CHECK_MESSAGE((entry.status().permissions() & fs::perms(0077)) == fs::perms::none, entry.path());
}

TEST_CASE_FIXTURE(Ended, "run files: a run whose lock was removed writes nothing more, and can be resumed") {
  const std::string out = (scratch.path() / "long").string();
  const Run lost =
      shell("vgg-finetune train " + data.string() + tiny("--epochs 100000") + "--out " + out + " & while [ ! -e " +
            out + "/checkpoint.graft ]; do sleep 0.05; done; rm " + out + "/.graft-lock; wait $!");
  CHECK(lost.code == 5);
  CHECK(has(lost, ".graft-lock: was removed or replaced"));
  const int before = epochs_done(out);
  Child again("train --resume " + out, at("log"));
  CHECK_MESSAGE(again.wait_until([&] { return epochs_done(out) > before; }), slurp(at("log")));
  CHECK(again.end(SIGTERM) == 128 + SIGTERM);
}

TEST_CASE_FIXTURE(Ended, "run files: links are not followed for writing") {
  const fs::path victim = scratch.path() / "victim", elsewhere = scratch.path() / "elsewhere";
  overwrite(victim, "precious");
  fs::create_directory(elsewhere);
  fs::remove(run / "report.html");
  fs::create_symlink(victim, run / "report.html");
  fs::create_directory_symlink(elsewhere, run / "eval");
  fs::create_directory_symlink(elsewhere, run / "explain");
  const Run report = shell("vgg-finetune report " + run.string());
  CHECK(report.code == 5);
  CHECK(has(report, "it is a link"));
  CHECK(shell("vgg-finetune eval " + run.string() + " " + data.string()).code == 5);
  CHECK(shell("vgg-finetune explain " + run.string() + " " + image).code == 5);
  CHECK(slurp(victim) == "precious");
  CHECK(fs::is_empty(elsewhere));
}

TEST_CASE_FIXTURE(Ended, "run files: FIFOs, folders, deep nesting and impossible numbers are refused by name") {
  fs::remove(run / "digests.json");
  const auto refused = [&](const std::string& file, const std::string& words) {
    const Run outcome = shell("timeout 20 vgg-finetune report " + run.string());
    CAPTURE(file + ": " + outcome.output);
    CHECK(outcome.code == 3);
    CHECK(has(outcome, file));
    CHECK(has(outcome, words));
    CHECK(outcome.output.find('\x1b') == std::string::npos);
    restore();
    fs::remove(run / "digests.json");
  };
  for (const char* file :
       {"config.json", "summary.json", "history.csv", "metrics.json", "calibration.json", "predictions.csv"}) {
    fs::remove(run / file);
    REQUIRE(mkfifo((run / file).c_str(), 0600) == 0);
    refused(file, "not a file");
    fs::remove(run / file);
    fs::create_directory(run / file);
    refused(file, "not a file");
    if (std::string(file).ends_with(".csv")) continue;
    overwrite(run / file, std::string(100'000, '[') + std::string(100'000, ']'));
    refused(file, "nested");
  }
  const auto edited = [&](const char* file, const std::string& from, const std::string& to) {
    std::string text = slurp(run / file);
    const size_t at = text.find(from);
    REQUIRE_MESSAGE(at != text.npos, from << " in " << text);
    const size_t end = text.find_first_of(",\n}", at + from.size());
    overwrite(run / file, text.replace(at, end - at, from + to));
  };
  for (const char* number : {"1e308", "-1", "3.5", "99999999999999999999", "true", "\"\\u001b]0;x\\u0007\""}) {
    edited("config.json", "\"batch\": ", number), refused("config.json", "batch");
    edited("summary.json", "\"test_scored\": ", number == std::string("-1") ? "1e300" : number),
        refused("summary.json", "");
    edited("metrics.json", "\"images\": ", number), refused("", "");
  }
  edited("config.json", "\"trunk\": ", "\"\\u001b]0;x\\u0007\""), refused("", "");
  edited("config.json", "\"format\": ", "{\"\\u001b[31m\": 1"), refused("config.json", "");
}

TEST_CASE_FIXTURE(Ended, "run files: a checkpoint with a correct digest and impossible values is refused") {
  const fs::path file = run / "checkpoint.graft";
  const Checkpoint good = load_checkpoint(file);
  Device device(find_backend("cpu"));
  std::vector<std::pair<std::string, Tensor>> tensors;
  for (const HostArray& a : good.arrays) tensors.emplace_back(a.name, Tensor::from_host(device, a.shape, a.f32()));
  const std::vector<nlohmann::json> impossible = {-1,        -2147483648LL, INT64_MIN, 1e308,
                                                  INT64_MAX, "1",           nullptr,   0.5};
  for (const char* field : {"epoch", "step", "step_in_epoch", "pass", "position", "seen", "phase", "phase_start",
                            "best_epoch", "since_best", "plateau", "optimizer_steps"})
    for (const nlohmann::json& value : impossible) {
      nlohmann::json state = good.state;
      state[field] = value;
      save_checkpoint(file, state, tensors);
      fs::remove(previous_checkpoint(file));
      const Run outcome = shell("timeout 60 vgg-finetune train --resume " + run.string() + " --epochs 3");
      CHECK_MESSAGE(outcome.code == 4, field << " " << value.dump() << ": " << outcome.output);
      if (GRAFT_FEW_CASES) break;
    }
  const std::vector<std::pair<const char*, int>> odd = {
      {"rate_scale", -1}, {"loss_weight", -1},     {"epoch", 1000000},      {"position", 1000000},
      {"phase", 1},       {"best_epoch", 1000000}, {"since_best", 1000000}, {"step_in_epoch", 1000000}};
  for (const auto& [field, value] : odd) {
    nlohmann::json state = good.state;
    state[field] = value;
    save_checkpoint(file, state, tensors);
    fs::remove(previous_checkpoint(file));
    const Run outcome = shell("timeout 60 vgg-finetune train --resume " + run.string() + " --epochs 3");
    CHECK_MESSAGE(outcome.code == 4, field << ": " << outcome.output);
  }
}
