// Errors: a clear message, the right exit code, and no partly written files.
#include <doctest/doctest.h>
#include <unistd.h>

#include "tests/cli/cli_fixture.h"

using namespace graft;
namespace fs = std::filesystem;

namespace {

struct Fixture : CliFixture {
  fs::path out = scratch.path() / "run";
  Fixture() : CliFixture({"a", "b"}, 4) {}
  Run train(const std::string& options = "") const { return CliFixture::train("run", options); }
  // Checks that the command fails with this code and message, and writes no model.
  void refuses(const Run& run, int code, const std::string& words) const {
    refused(run, code, words);
    CHECK_FALSE(fs::exists(out / "model.h5"));
  }
  void write(const fs::path& path, const std::string& text) const { std::ofstream(path, std::ios::binary) << text; }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "usage errors") {
  refuses(shell("vgg-finetune"), 2, "subcommand");
  refuses(shell("vgg-finetune trian x"), 2, "subcommand");
  refuses(shell("vgg-finetune train"), 2, "train needs a folder");
  // One of each kind: refused by the parser, or not possible with the images, the network or the machine.
  refuses(train("--lr nan"), 2, "--lr");
  refuses(train("--model vgg17"), 2, "vgg11, vgg13, vgg16, vgg19");
  refuses(train("--device tpu"), 2, "no device 'tpu'; there are: auto, cpu, emu, cuda");
  CHECK_FALSE(fs::exists(out));
  refuses(train("--resume " + out.string()), 2, "--resume");
  CHECK(shell("vgg-finetune --help").code == 0);
  CHECK(shell("vgg-finetune train --help").code == 0);
  CHECK(shell("vgg-finetune --version").code == 0);
  CHECK(shell("vgg-finetune kernels --model vgg-tiny").code == 0);
}

TEST_CASE_FIXTURE(Fixture, "data errors") {
  refuses(shell("vgg-finetune train /nowhere" + tiny("") + "--out " + out.string()), 3, "/nowhere");
  fs::rename(data / "test/a", data / "test/unknown");
  refuses(train(), 3, "unknown");
  fs::remove_all(data / "test/unknown");
  fs::remove_all(data / "train/a");
  refuses(train(), 3, "class");
  fs::remove_all(data / "train/b");
  refuses(train(), 3, "train");
  refuses(shell("vgg-finetune train --resume " + data.string()), 3, "not a run folder");
  refuses(shell("vgg-finetune eval " + data.string() + " " + data.string()), 3, "model.h5");
}

TEST_CASE_FIXTURE(Fixture, "weights errors") {
  const std::string file = (scratch.path() / "w.h5").string();
  refuses(train("--weights " + file), 4, "no such file");
  write(file, "");
  refuses(train("--weights " + file), 4, "w.h5");
  write(file, "<html>not found</html>");
  refuses(train("--weights " + file), 4, "w.h5");
  refuses(train("--weights auto"), 4, "no official Keras weights for vgg-tiny");
  const Run offline =
      shell("GRAFT_CACHE=" + scratch.path().string() + " https_proxy=http://127.0.0.1:9 vgg-finetune train " +
            data.string() + " --out " + out.string());
  refuses(offline, 4, "6d6bbae143d832006294945121d1f1fc");
}

TEST_CASE_FIXTURE(Fixture, "a folder that already exists is left alone") {
  fs::create_directories(out);
  write(out / "precious", "x");
  const Run run = train();
  CHECK(run.code == 2);
  CHECK(run.output.find("already exists") != run.output.npos);
  CHECK(slurp(out / "precious") == "x");
  CHECK(std::distance(fs::directory_iterator(out), {}) == 1);
}

TEST_CASE_FIXTURE(Fixture, "broken images are named, skipped and listed, or are an error") {
  const std::string good = slurp(data / "train/a/image0.png");
  write(data / "train/a/broken.png", good.substr(0, good.size() / 2));
  write(data / "train/b/empty.jpg", "");
  write(data / "test/b/text.png", "no image at all");
  refuses(train("--on-bad-image fail"), 3, "broken.png");
  fs::remove_all(out);
  const Run run = train();
  INFO(run.output);
  CHECK(run.code == 0);
  CHECK(run.output.find("3 images were skipped") != run.output.npos);
  CHECK(run.output.find("warning: 3 of 15 files cannot be read") != run.output.npos);
  for (const char* name : {"broken.png", "empty.jpg", "text.png"}) CHECK(run.output.find(name) != run.output.npos);
}

TEST_CASE_FIXTURE(Fixture, "not one readable image") {
  for (const char* split : {"train/a", "train/b"})
    for (const auto& file : fs::directory_iterator(data / split)) write(file.path(), "no image");
  const Run run = train();
  CHECK(run.code == 3);
  CHECK(run.output.find("training images can be read: 8 x not an image") != run.output.npos);
}

TEST_CASE_FIXTURE(Fixture, "names may contain any characters") {
  fs::rename(data / "train/a", data / "train/脑 肿瘤, \"x\"");
  fs::rename(data / "test/a", data / "test/脑 肿瘤, \"x\"");
  fs::rename(data / "train/b/image0.png", data / "train/b/new\nline.png");
  fs::rename(data / "test/b/image0.png", data / "test/b/two words\n.png");
  const Run run = train();
  CHECK_MESSAGE(run.code == 0, run.output);
  CHECK(slurp(out / "predictions.csv").find("\"脑 肿瘤, \"\"x\"\"\"") != std::string::npos);
  const Run predict = shell("vgg-finetune predict " + out.string() + " '" +
                            (data / "test/b/two words\n.png").string() + "' --json");
  CHECK(predict.code == 0);
  CHECK(predict.output.find("脑 肿瘤") != std::string::npos);
}

TEST_CASE_FIXTURE(Fixture, "class names that no JSON can hold are refused before training") {
  fs::rename(data / "train/a", data / "train/\xff\xfe");
  fs::rename(data / "test/a", data / "test/\xff\xfe");
  refuses(train(), 3, "not UTF-8");
}

TEST_CASE_FIXTURE(Fixture, "a loss that is not finite stops the run, with step and layer") {
  const Run run = train("--lr 1e38 --epochs 20 --head flatten:16:16");
  CHECK_MESSAGE(run.code == 6, run.output);
  CHECK(run.output.find("step ") != std::string::npos);
  CHECK(run.output.find("layer head_") != std::string::npos);
}

// The loss of a step belongs to the weights before it, so only the weights show the effect of the last step.
TEST_CASE_FIXTURE(Fixture, "weights that are not finite after the last step are not saved") {
  refuses(train("--lr 1e38 --optimizer sgd --steps-per-epoch 1"), 6, "weights of layer head_predictions");
  CHECK_FALSE(fs::exists(out / "model.h5"));
}

// Weights of 1e34 are finite, but the outputs are not: training alone would notice only in the next step.
TEST_CASE_FIXTURE(Fixture, "a validation loss that is not finite is not saved") {
  fs::rename(data / "test", data / "val");
  refuses(train("--epochs 4 --lr 4e34 --optimizer sgd --momentum 0 --steps-per-epoch 1"), 6,
          "the validation loss after it is not finite");
  CHECK_FALSE(fs::exists(out / "history.csv"));
  CHECK_FALSE(fs::exists(out / "checkpoint.graft"));
  const Run resumed = shell("vgg-finetune train --resume " + out.string());
  CHECK_MESSAGE(resumed.code == 6, resumed.output);  // the same error again: the saved state is readable
}

TEST_CASE_FIXTURE(Fixture, "nohup keeps a run alive when its terminal is closed") {
  // It gets the signal after an epoch, and must still be alive after another one.
  const std::string log = (scratch.path() / "log").string(), history = (out / "history.csv").string();
  const Run run =
      shell(kSignalled + "nohup vgg-finetune train " + data.string() + tiny("--epochs 1000000") + "--out " +
            out.string() + " > " + log + " & run=$!; lines() { wc -l < " + history +
            "; }; while kill -0 $run && ! [ -s " + history + " ]; do sleep 0.01; done; " +
            "kill -HUP $run; before=$(lines); while kill -0 $run && [ $(lines) -lt $((before + 2)) ]; " +
            "do sleep 0.01; done; kill -TERM $run; wait $run");
  CHECK_MESSAGE(run.code == 143, run.output, slurp(log));
}

TEST_CASE_FIXTURE(Fixture, "a missing split, and output that cannot be written") {
  REQUIRE(train().code == 0);
  const std::string eval = "vgg-finetune eval " + out.string() + " " + data.string();
  const Run no_split = shell(eval + " --split val");
  CHECK(no_split.code == 3);
  CHECK(no_split.output.find("no val folder") != std::string::npos);
  CHECK(shell(eval + " > /dev/full").code == 5);
}

TEST_CASE_FIXTURE(Fixture, "a disk that is full while saving") {
  // Writes beyond 64 blocks of 512 bytes fail, as on a full disk.
  const Run run = shell("ulimit -f 64; vgg-finetune train " + data.string() + tiny("") + "--out " + out.string());
  CHECK_MESSAGE(run.code == 5, run.output);
  CHECK(run.output.find("File too large; nothing was changed, raise the limit on file sizes") != std::string::npos);
  for (const auto& file : fs::directory_iterator(out)) {
    const std::string name = file.path().filename().string();
    CHECK_MESSAGE((name == "config.json" || name == "images.csv" || name == "history.csv" || name == ".graft-lock"),
                  name);
  }
}

TEST_CASE_FIXTURE(Fixture, "predict names the images that it cannot read and predicts the others") {
  REQUIRE(train().code == 0);
  const Run run =
      shell("vgg-finetune predict " + out.string() + " /nowhere.png " + (data / "test/b/image0.png").string());
  CHECK(run.code == 3);
  CHECK(run.output.find("/nowhere.png") != std::string::npos);
  CHECK(run.output.find("image0.png  ") != std::string::npos);
  // A file without a record is no model.
  CHECK(shell("vgg-finetune predict " + out.string() + "/history.csv x.png").code == 4);
}

TEST_CASE_FIXTURE(Fixture, "a config.json that was tampered with is refused") {
  REQUIRE(train("--epochs 2").code == 0);
  const std::string text = slurp(out / "config.json");
  const auto resumed = [&](const std::string& from, const std::string& to) {
    std::string changed = text;
    const size_t at = changed.find(from);
    REQUIRE(at != changed.npos);
    write(out / "config.json", changed.replace(at, from.size(), to));
    return shell("vgg-finetune train --resume " + out.string());
  };
  CHECK(resumed("\"batch\"", "\"batch\"").code == 0);
  for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
           {"\"batch\": 5", "\"batch\": -4"}, {"\"classes\": 2", "\"classes\": 3"}, {"{", "["}}) {
    CAPTURE(to);
    const Run run = resumed(from, to);
    CHECK_MESSAGE(run.code == 3, run.output);
    CHECK(run.output.find("config.json") != run.output.npos);
  }
}

TEST_CASE_FIXTURE(Fixture, "a run that stops in its first epoch can be resumed") {
  const Run killed = shell("vgg-finetune train " + data.string() +
                           tiny("--lr 1e38 --head flatten:16:16 --epochs 9") + "--out " + out.string());
  REQUIRE(killed.code == 6);  // stopped in the first epoch: the checkpoint has the initial state
  const Run run = shell("vgg-finetune train --resume " + out.string());
  CHECK(run.code == 6);
  CHECK(run.output.find("resumed in epoch 1") != run.output.npos);
}

TEST_CASE_FIXTURE(Fixture, "weights that are not a regular file, and a model too large for any memory") {
  const std::string fifo = (scratch.path() / "fifo").string();
  REQUIRE(shell("mkfifo " + fifo).code == 0);
  refuses(train("--weights " + fifo), 4, "not a regular file");
  refuses(train("--head flatten:65536:65536:65536:65536:65536:65536:65536:65536"), 5, "out of memory");
}
