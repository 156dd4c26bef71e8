// Standard streams that are closed or full: a command writes the same files and has the same exit code, except for a
// full standard output, which is exit code 5 if there is no other error.
#include <doctest/doctest.h>

#include <map>

#include "tests/cli/cli_fixture.h"

using namespace graft;
namespace fs = std::filesystem;

namespace {

using Files = std::map<std::string, std::string>;

// Returns the files of a folder, or a file, with their contents; without those of summary.json and the report, which
// contain durations, and of digests.json, which has their digests.
Files files_of(const fs::path& place) {
  if (fs::is_regular_file(place)) return {{"", slurp(place)}};
  Files files;
  for (const auto& entry : fs::recursive_directory_iterator(place)) {
    const std::string name = entry.path().lexically_relative(place).string();
    const bool timed = name == "summary.json" || name == "report.html" || name == "digests.json";
    if (entry.is_regular_file()) files[name] = timed ? "" : slurp(entry.path());
  }
  return files;
}

struct Fixture : CliFixture {
  Fixture() : CliFixture({"a", "b"}, 4, "--threads 2 ") { REQUIRE(train("model").code == 0); }

  // Each writes to `out`.
  std::vector<std::string> commands() const {
    const std::string image = (data / "test/b/image0.png").string(), missing = " /nowhere.png";
    std::ofstream(at("list")) << image << "\n";
    return {"vgg-finetune " + command("out", "--trace"),
            "vgg-finetune predict " + at("model") + " " + image + " --threads 1 --out " + at("out"),
            "vgg-finetune predict " + at("model") + " " + image + missing + " --threads 1 --out " + at("out"),
            "vgg-finetune eval " + at("model") + " " + data.string() + " --threads 1 --out " + at("out"),
            "vgg-finetune check " + data.string() + " --threads 1 --json " + at("out"),
            "vgg-finetune report " + at("model") + " --threads 1 --out " + at("out"),
            "vgg-finetune split " + data.string() + " --out " + at("out"),
            "vgg-finetune weights inspect " + at("model") + "/model.h5 && touch " + at("out"),
            "vgg-finetune eval /nowhere " + data.string() + " --out " + at("out"),
            "vgg-finetune train --lr nan --out " + at("out")};
  }
  struct Outcome {
    int code;
    Files files;
    std::string output;
  };
  Outcome run(const std::string& line, const std::string& redirection) const {
    fs::remove_all(at("out"));
    const size_t both = line.find(" && ");
    const Run done = shell(line.substr(0, both) + redirection + (both == line.npos ? "" : line.substr(both)));
    return {done.code, fs::exists(at("out")) ? files_of(at("out")) : Files{}, done.output};
  }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "closed standard streams change no exit code and no file") {
  for (const std::string& line : commands()) {
    const Outcome usual = run(line, "");
    for (int closed = 1; closed < 8; ++closed) {
      std::string redirection;
      for (const auto& [bit, text] :
           std::vector<std::pair<int, std::string>>{{1, " <&-"}, {2, " >&-"}, {4, " 2>&-"}})
        if (closed & bit) redirection += text;
      CAPTURE(line);
      CAPTURE(redirection);
      const Outcome now = run(line, redirection);
      CHECK_MESSAGE(now.code == usual.code, now.output);
      CHECK(now.files == usual.files);
    }
  }
}

TEST_CASE_FIXTURE(Fixture, "a full standard error does not change the exit code, a full standard output does") {
  for (const std::string& line : commands()) {
    CAPTURE(line);
    const Outcome usual = run(line, ""), error = run(line, " 2>/dev/full"), input = run(line, " </dev/full");
    CHECK(error.code == usual.code);
    CHECK(error.files == usual.files);
    CHECK(input.code == usual.code);
    CHECK(input.files == usual.files);
    Outcome output = run(line, " >/dev/full");
    CHECK(output.code == (usual.code ? usual.code : 5));
    if (usual.files.contains("") && usual.files.at("").empty()) continue;  // inspect: touch creates it
    CHECK(output.files == usual.files);
    const bool reported =
        output.output.find("cannot write to standard output: No space left on device") != std::string::npos;
    CHECK_MESSAGE((reported || usual.code == 2 || usual.files.empty()), output.output);
  }
  CHECK(shell("vgg-finetune --help >/dev/full").code == 5);
  // predict stops if its output is lost.
  const Run predict = shell("vgg-finetune predict " + at("model") + " /nowhere.png >/dev/full");
  CHECK(predict.code == 5);
  CHECK(predict.output.find("/nowhere.png: no such file") != std::string::npos);
}

TEST_CASE_FIXTURE(Fixture, "an event log on a full disk ends the log, not the training") {
  const Run whole = train("whole", "--log-format json --epochs 3");
  REQUIRE_MESSAGE(whole.code == 0, whole.output);
  const Run full = shell("vgg-finetune " + command("full", "--log-format json --epochs 3") + " >/dev/full");
  CHECK_MESSAGE(full.code == 5, full.output);
  CHECK(full.output.find("the log could not be written: No space left on device") != std::string::npos);
  CHECK(files_of(at("full")) == files_of(at("whole")));
  CHECK(shell("vgg-finetune " + command("text", "--log-format json --epochs 3") + " 2>/dev/full").code == 0);
  CHECK(files_of(at("text")) == files_of(at("whole")));
  // The exit code of the run takes precedence over that of its log.
  CHECK(shell("vgg-finetune " + command("bad", "--log-format json --lr 1e38 --epochs 20 --head flatten:16:16") +
              " >/dev/full")
            .code == 6);
}

TEST_CASE_FIXTURE(Fixture, "threads that the system refuses are a clear error") {
#if !defined(__SANITIZE_ADDRESS__)  // which reserves terabytes of address space
  const Run run = shell("ulimit -v 3000000; vgg-finetune train " + data.string() + tiny("--threads 1000") +
                        "--out " + at("out"));
  CHECK_MESSAGE(run.code == 5, run.output);
  CHECK(run.output.find("1000 threads to compute and 1000 to read images cannot be had") != std::string::npos);
#endif
}
