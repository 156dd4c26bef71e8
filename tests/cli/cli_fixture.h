// The fixture of most CLI tests: a temporary folder with a small data set, and runs of the program.
#pragma once
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "tests/support/child.h"
#include "tests/support/scratch.h"
#include "tests/support/words.h"

namespace graft {

// Copies the test images to val, for tests in which they may be the same.
inline void test_as_validation(const std::filesystem::path& data) {
  std::filesystem::copy(data / "test", data / "val", std::filesystem::copy_options::recursive);
}

class CliFixture {
 public:
  Scratch scratch;
  std::filesystem::path data = scratch.path() / "data";

  // usual: options of every `train`, before those of the test.
  explicit CliFixture(const std::vector<std::string>& classes, int per_class, std::string usual = "")
      : usual_(std::move(usual)) {
    draw_stripes(data, classes, per_class);
  }

  std::string at(const std::string& name) const { return (scratch.path() / name).string(); }
  std::string text(const std::string& name) const { return slurp(scratch.path() / name); }
  nlohmann::json read_json(const std::string& name) const { return nlohmann::json::parse(text(name)); }
  void write(const std::string& name, const std::string& bytes) const {
    std::ofstream(scratch.path() / name, std::ios::binary) << bytes;
  }

  // Returns "train DATA ... --out OUT" with options for a small, fast model.
  std::string command(const std::string& out, const std::string& options = "") const {
    return "train '" + data.string() + "'" + tiny(usual_ + options) + "--out " + at(out);
  }
  Run train(const std::string& out, const std::string& options = "") const {
    return shell("vgg-finetune " + command(out, options));
  }
  Run resume(const std::string& run, const std::string& options = "") const {
    return shell("vgg-finetune train --resume " + at(run) + " " + options);
  }
  // Checks that train() is refused with this exit code and message, and creates no run folder.
  void refuses(const std::string& options, int code, const std::string& words) const {
    CAPTURE(options);
    refused(train("refused", options), code, words);
    CHECK_FALSE(std::filesystem::exists(at("refused")));
  }

  static void refused(const Run& run, int code, const std::string& words) {
    CHECK_MESSAGE(run.code == code, run.output);
    says(run, words);
  }

 private:
  std::string usual_;
};

}  // namespace graft
