// What most tests of the program begin with: a folder of its own with a small set of images, and runs beside it.
#pragma once
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "tests/support/child.h"
#include "tests/support/scratch.h"
#include "tests/support/words.h"

namespace graft {

// A copy of the test images as validation images, for tests that do not mind that they are the same.
inline void test_as_validation(const std::filesystem::path& data) {
  std::filesystem::copy(data / "test", data / "val", std::filesystem::copy_options::recursive);
}

class CliFixture {
 public:
  Scratch scratch;
  std::filesystem::path data = scratch.path() / "data";

  // usual: options of every training, before those of the test.
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

  // "train DATA ... --out OUT", with the options of a small and quick model.
  std::string command(const std::string& out, const std::string& options = "") const {
    return "train '" + data.string() + "'" + tiny(usual_ + options) + "--out " + at(out);
  }
  Run train(const std::string& out, const std::string& options = "") const {
    return shell("vgg-finetune " + command(out, options));
  }
  Run resume(const std::string& run, const std::string& options = "") const {
    return shell("vgg-finetune train --resume " + at(run) + " " + options);
  }
  // The same training, refused: exit code, message, and no folder of a run.
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
