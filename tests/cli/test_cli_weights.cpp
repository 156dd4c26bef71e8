// Untrusted weights and models: exit codes, and no unescaped text on the terminal.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "models/model.h"
#include "tests/support/program.h"
#include "tests/support/scratch.h"
#include "tests/weights/weights_fixture.h"
#include "weights/keras/keras_h5.h"

namespace graft {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

const std::string kEvil = "\x1b]0;PWNED\x07\xc2\x9b";

bool clean(const std::string& text) {
  return text.find_first_of("\x1b\x07") == text.npos && text.find("\xc2\x9b") == text.npos;
}

// A trained model whose record can be forged.
struct Forger {
  Scratch scratch;
  fs::path data = scratch.path() / "data", path = scratch.path() / "m.h5", image = data / "test/a/image0.png";
  json record;
  Model model{{"vgg-tiny", 32, "gap", 0, 2}};

  Forger() {
    draw_stripes(data, {"a", "b"}, 4);
    const fs::path run = scratch.path() / "run";
    const Run trained = shell("vgg-finetune train " + data.string() + tiny("--out " + run.string()));
    REQUIRE_MESSAGE(trained.code == 0, trained.output);
    record = *read_record(run / "model.h5");
    model.set_trainable({});
    model.allocate(test_device());
  }
  void save(const json& forged) {
    std::vector<Parameter*> all = model.trunk_parameters();
    for (Parameter* p : model.head_parameters()) all.push_back(p);
    save_keras_h5(path, all, forged);
  }
  Run predict(const char* place, const json& value, const std::string& options = "") {
    json forged = record;
    forged[json::json_pointer(place)] = value;
    save(forged);
    return shell("vgg-finetune predict " + path.string() + " " + image.string() + " " + options);
  }
};

}  // namespace

TEST_CASE("errors in a model's record are faults of the file, not of the command line") {
  Forger f;
  CHECK(f.predict("/classes/0", "a").code == 0);
  std::string many_layers = "gap";
  for (int i = 0; i < 100'000; ++i) many_layers += ":1";
  const std::pair<const char*, json> impossible[] = {{"/architecture/trunk", kEvil},
                                                     {"/architecture/trunk", "vgg17"},
                                                     {"/architecture/head", "gap:2000000000"},
                                                     {"/architecture/head", kEvil},
                                                     {"/architecture/head", many_layers},
                                                     {"/architecture/dropout", 31},
                                                     {"/architecture/dropout", 1e308},
                                                     {"/architecture/dropout", kEvil},
                                                     {"/architecture/image_size", 31},
                                                     {"/architecture/image_size", -32},
                                                     {"/architecture/image_size", 4294967328},
                                                     {"/architecture/image_size", 32.5},
                                                     {"/architecture/image_size", 1e308},
                                                     {"/classes/0", "b"},
                                                     {"/classes", {"a", "b", "c"}},
                                                     {"/classes", {1, 2}},
                                                     {"/architecture/classes", 0},
                                                     {"/architecture/classes", 3},
                                                     {"/architecture/classes", 1e308},
                                                     {"/preprocess/size", 1e308},
                                                     {"/preprocess/size", 0},
                                                     {"/preprocess/scale", 1e308},
                                                     {"/preprocess/fit", kEvil},
                                                     {"/preprocess/unknown", 1},
                                                     {"/compute/precision", kEvil},
                                                     {"/format", kEvil}};
  for (const auto& [place, value] : impossible) {
    const Run r = f.predict(place, value);
    CHECK_MESSAGE(r.code == 3, place, " ", value.dump(), ": ", r.output);
    CHECK_MESSAGE(clean(r.output), place);
  }
  // A valid network that is not in the file allocates no memory.
  const Run large = f.predict("/architecture/head", "gap:65536:65536:65536:65536");
  CHECK_MESSAGE(large.code == 4, large.output);
}

TEST_CASE("text of a model's record is escaped on the terminal") {
  Forger f;
  for (const char* place : {"/classes/0", "/preprocess/name", "/weights/name", "/compute/trained_from"}) {
    for (const char* options : {"", "--csv", "--json", "--precision bf16"}) {
      const Run r = f.predict(place, "odd" + kEvil, options);
      CHECK_MESSAGE((r.code == 0 || r.code == 3), place, options, r.output);
      CHECK_MESSAGE(clean(r.output), place, options);
    }
    const std::string file = f.path.string(), data = f.data.string(), out = (f.scratch.path() / "out").string();
    for (const std::string& command :
         {"eval " + file + " " + data + " --out " + out, "explain " + file + " " + data + "/test --out " + out,
          "explain " + file + " " + data + "/test --class nosuch --out " + out,
          "train " + data + tiny("--weights " + file + " --out " + out), "weights inspect " + file}) {
      fs::remove_all(out);
      const Run r = shell("vgg-finetune " + command);
      CHECK_MESSAGE(r.code != 7, command, r.output);
      CHECK_MESSAGE(clean(r.output), command);
    }
  }
}

TEST_CASE("text of options and of a run's configuration is escaped on the terminal") {
  Forger f;
  const std::string data = f.data.string(), run = (f.scratch.path() / "run").string();
  for (const char* option :
       {"--augment ", "--schedule ", "--unfreeze ", "--lr-mult ", "--preprocess ", "--kernel "}) {
    const Run r = shell("vgg-finetune train " + data + tiny("--out " + run + "/new") + option + "'x" + kEvil + "'");
    CHECK_MESSAGE((r.code == 2 || r.code == 3), option, r.output);
    CHECK_MESSAGE(clean(r.output), option);
    CHECK_MESSAGE(r.output.find("\\x1b") != r.output.npos, r.output);
  }
  fs::remove(fs::path(run) / "digests.json");
  const json config = json::parse(slurp(fs::path(run) / "config.json"));
  for (const char* place : {"augment", "schedule", "unfreeze", "lr_mult"}) {
    json forged = config;
    forged["training"][place] = "x" + kEvil;
    std::ofstream(fs::path(run) / "config.json") << forged;
    for (const std::string& command : {"eval " + run + " " + data, "report " + run, "train --resume " + run}) {
      const Run r = shell("vgg-finetune " + command + " 2>&1 >/dev/null");
      CHECK_MESSAGE(r.code != 7, place, command, r.output);
      CHECK_MESSAGE(clean(r.output), place, command);
    }
  }
  // An invalid value in the file is a fault of the file, not of the command line.
  for (const auto& [place, value] : std::vector<std::pair<std::string, std::string>>{
           {"unfreeze", "block9"}, {"lr_mult", "block5"}, {"lr_mult", "block9=1"}, {"group_by", "(["}}) {
    json forged = config;
    forged["training"][place] = value;
    std::ofstream(fs::path(run) / "config.json") << forged;
    const Run r = shell("vgg-finetune train --resume " + run + " --epochs 2");
    CHECK_MESSAGE(r.code == 3, place, value, r.output);
    CHECK_MESSAGE(r.output.find("config.json: ") != r.output.npos, r.output);
  }
}

TEST_CASE("names that are too long or do not exist are not reported as bugs") {
  Scratch scratch;
  const std::string s = scratch.path().string(), too_long = s + "/" + std::string(300, 'n') + ".h5";
  const std::string file = (golden_weights() / "torchvision.safetensors").string();
  put_bytes(scratch.path() / "plain", "x");
  for (const std::string& name : {too_long, s + "/plain/below.h5", s + "/nosuch/below.h5", s + "/plain"}) {
    CAPTURE(name);
    for (const std::string& command :
         {"weights inspect " + name, "weights convert " + name + " " + s + "/out.h5",
          "train " + s + tiny("--weights " + name), "predict " + name + " " + s + "/plain"}) {
      const Run r = shell("vgg-finetune " + command);
      CHECK_MESSAGE((r.code == 3 || r.code == 4), command, ": ", r.output);
    }
    const Run r = shell("vgg-finetune weights convert " + file + " " + name);
    CHECK_MESSAGE((r.code == 5 || (r.code == 2 && name == s + "/plain")), r.output);
  }
}

TEST_CASE("inspect prints no escape sequences of a file") {
  Scratch scratch;
  const fs::path file = scratch.path() / ("f" + kEvil + ".safetensors");
  put_bytes(file, safetensors_of({{"odd" + kEvil, "F32", {1}, floats(1, 1)}}));
  const Run r = shell("vgg-finetune weights inspect " + scratch.path().string() + "/f*");
  CHECK(r.code == 0);
  CHECK_MESSAGE(clean(r.output), r.output);
  CHECK(r.output.find("odd\\x1b]0;PWNED") != std::string::npos);
}

TEST_CASE("changed weights are refused by train and predict") {
  Forger f;
  f.save(f.record);
  std::string bytes = bytes_of(f.path);
  bytes[bytes.size() / 2] ^= 4;
  put_bytes(f.path, bytes);
  for (const std::string& command :
       {"predict " + f.path.string() + " " + f.image.string(),
        "train " + f.data.string() +
            tiny("--weights " + f.path.string() + " --out " + f.scratch.path().string() + "/o"),
        "eval " + f.path.string() + " " + f.data.string(), "explain " + f.path.string() + " " + f.image.string()}) {
    const Run r = shell("vgg-finetune " + command);
    CHECK_MESSAGE(r.code == 4, command, ": ", r.output);
    CHECK_MESSAGE(r.output.find("its values are not those that were saved") != std::string::npos, r.output);
  }
}

}  // namespace graft
