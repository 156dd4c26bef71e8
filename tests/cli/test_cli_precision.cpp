// --precision and --device: what a run records and computes in, and what is refused.
#include <doctest/doctest.h>

#include "tests/cli/cli_fixture.h"
#include "tools/phantoms/phantom.h"

using namespace graft;
namespace fs = std::filesystem;

namespace {

struct Fixture : CliFixture {
  Fixture() : CliFixture({"circle", "line", "none"}, 8) {}
  Run eval(const std::string& run, const std::string& options) const {
    return shell("vgg-finetune eval " + at(run) + " " + data.string() + " " + options);
  }
};

double number_behind(const std::string& text, const std::string& word) {
  const size_t at = text.rfind(word);
  REQUIRE_MESSAGE(at != text.npos, text);
  return std::stod(text.substr(at + word.size()));
}

// Returns the numbers of a CSV file, without its header.
std::vector<double> numbers(const std::string& csv) {
  std::istringstream lines(csv.substr(csv.find('\n') + 1));
  std::vector<double> all;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream fields(line);
    for (std::string field; std::getline(fields, field, ',');)
      if (!field.empty()) all.push_back(std::stod(field));
  }
  return all;
}

}  // namespace

TEST_CASE_FIXTURE(Fixture, "--device emu: the history of the CPU on drawn phantoms") {
  const fs::path phantoms = scratch.path() / "phantoms";
  write_phantom_set(phantoms, {.train = 16, .test = 5, .size = 40});
  for (const char* device : {"cpu", "emu"}) {
    const Run run = shell("vgg-finetune train " + phantoms.string() +
                          tiny("--unfreeze block5 --head gap:8 --dropout 0.2 --epochs 3 --batch 7 --lr 1e-3 ") +
                          "--device " + device + " --out " + at(device));
    REQUIRE_MESSAGE(run.code == 0, run.output);
  }
  const std::vector<double> cpu = numbers(text("cpu/history.csv")), emu = numbers(text("emu/history.csv"));
  REQUIRE(cpu.size() == emu.size());
  REQUIRE(cpu.size() >= 3 * 4);
  for (size_t i = 0; i < cpu.size(); ++i) CHECK(std::abs(cpu[i] - emu[i]) <= 1e-5 * std::max(1.0, cpu[i]));
}

TEST_CASE_FIXTURE(Fixture, "--precision bf16: recorded, trains equally well, and used by eval and predict") {
  const std::string options = "--unfreeze block4 --head gap:16 --epochs 8 --lr 3e-3 ";
  for (const std::string device : {"cpu", "emu"}) {
    CAPTURE(device);
    const Run full = train(device + "f32", options + "--device " + device);
    const Run run = train(device + "bf16", options + "--precision bf16 --device " + device);
    REQUIRE_MESSAGE(full.code == 0, full.output);
    REQUIRE_MESSAGE(run.code == 0, run.output);
    CHECK(has(full.output, "precision: f32\n"));
    CHECK(has(run.output, "precision: bf16 for frozen layers"));
    CHECK(
        has(run.output, device == "cpu" ? "cpu has no other bf16 kernels" : "and for products in gemm, conv2d, "));
    CHECK(has(text(device + "bf16/config.json"), "\"precision\": \"bf16\""));
    CHECK(has(text(device + "bf16/config.json"), "\"trained_from\": \"block4_conv1\""));
    CHECK(text(device + "bf16/history.csv") != text(device + "f32/history.csv"));
    const double accuracy = number_behind(run.output, "  accuracy ");
    CHECK(accuracy == doctest::Approx(number_behind(full.output, "  accuracy ")).epsilon(0.1));

    const Run again = eval(device + "bf16", "--device " + device + " --out " + at((device + "again")));
    REQUIRE_MESSAGE(again.code == 0, again.output);
    CHECK(has(again.output, "precision: bf16"));
    CHECK(text(device + "again/predictions.csv") == text(device + "bf16/predictions.csv"));
    const Run other =
        eval(device + "bf16", "--precision f32 --device " + device + " --out " + at((device + "other")));
    REQUIRE_MESSAGE(other.code == 0, other.output);
    CHECK(text(device + "other/predictions.csv") != text(device + "again/predictions.csv"));
    CHECK(number_behind(other.output, "  accuracy ") == doctest::Approx(accuracy).epsilon(0.1));
    CHECK(shell("vgg-finetune predict " + at((device + "bf16")) + " " + (data / "test/line/image2.png").string() +
                " --device " + device)
              .code == 0);
  }
}

TEST_CASE_FIXTURE(Fixture, "--precision tf32: used if there are kernels, else refused") {
  const Run refused = train("none", "--precision tf32 --device cpu");
  CHECK(refused.code == 2);
  CHECK_MESSAGE(has(refused.output, "device cpu has no kernels of precision tf32"), refused.output);
  CHECK_FALSE(fs::exists(scratch.path() / "none"));

  const Run run = train("tf32", "--precision tf32 --device emu --unfreeze block5");
  REQUIRE_MESSAGE(run.code == 0, run.output);
  CHECK(has(run.output, "precision: tf32 for products in gemm, conv2d, "));
  REQUIRE(train("f32", "--device emu --unfreeze block5").code == 0);
  CHECK(text("tf32/history.csv") != text("f32/history.csv"));

  const Run elsewhere = eval("tf32", "--device cpu");
  CHECK(elsewhere.code == 2);
  CHECK(has(elsewhere.output, "another --precision"));
  CHECK(eval("tf32", "--device cpu --precision f32").code == 0);
}

TEST_CASE_FIXTURE(Fixture, "--precision bf16 does not silently ignore a kernel selected for f32") {
  const Run refused = train("none", "--precision bf16 --kernel conv2d=direct");
  CHECK(refused.code == 2);
  CHECK_MESSAGE(has(refused.output, "kernel conv2d=direct is for values in f32"), refused.output);
  CHECK_MESSAGE(has(refused.output, "--kernel conv2d_bf16=widened"), refused.output);
  CHECK_FALSE(fs::exists(scratch.path() / "none"));
  const Run both = train("both",
                         "--precision bf16 --unfreeze block5 --kernel conv2d=direct "
                         "--kernel conv2d_bf16=widened");
  CHECK_MESSAGE(both.code == 0, both.output);
}

TEST_CASE_FIXTURE(Fixture, "a resumed run keeps its precision") {
  REQUIRE(train("run", "--precision bf16 --epochs 2").code == 0);
  const std::string resume = "vgg-finetune train --resume " + at("run");
  const Run other = shell(resume + " --precision f32");
  CHECK(other.code == 2);
  CHECK(has(other.output, "leave out --precision"));
  const Run same = shell(resume);
  CHECK_MESSAGE(same.code == 0, same.output);
  CHECK(has(same.output, "precision: bf16"));
}

TEST_CASE_FIXTURE(Fixture, "the emulated device refuses the same things as the CPU") {
  for (const char* device : {"cpu", "emu"}) {
    const auto refuses = [&](const std::string& options, int code, const std::string& words) {
      const Run run = train("run", std::string("--device ") + device + " " + options);
      CHECK_MESSAGE(run.code == code, run.output);
      CHECK_MESSAGE(has(run.output, words), run.output);
      CHECK_FALSE(fs::exists(scratch.path() / "run/model.h5"));
    };
    refuses("--kernel conv2d=wgmma", 2, "no kernel 'wgmma' for conv2d; there are: ");
    // 2^35 weights and more.
    refuses("--head flatten:65536:65536:65536:65536:65536:65536:65536:65536", 5, "out of memory");
  }
}
