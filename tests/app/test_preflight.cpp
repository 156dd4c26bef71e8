// Errors found before anything is computed: options without effect, schedules that do not fit the images, memory. Each
// is refused with the reason, before a run folder is created.
#include <doctest/doctest.h>

#include "tests/support/in_process.h"
#include "tests/support/recorder.h"
#include "tests/support/words.h"
#include "tools/options/preset.h"
#include "tools/train/test_evaluation.h"
#include "tools/train/train_checks.h"

using namespace graft;
namespace fs = std::filesystem;

namespace {

// 12 training images, 4 validation images (optional) and 4 test images, none of which exists.
Dataset counted_images(bool validation = true) {
  Dataset data;
  data.classes = {"ill", "well"};
  for (int i = 0; i < 12; ++i) data.train.push_back({fmt::format("/d/train/{}.png", i), i % 2, {}, {}});
  for (int i = 0; i < 4; ++i) data.test.push_back({fmt::format("/d/test/{}.png", i), i % 2, {}, {}});
  if (validation) data.val = data.test;
  return data;
}

// Returns the message of a check, which must be a usage error; "" if it passes.
template <class F>
std::string usage(const F& check) {
  try {
    check();
    return "";
  } catch (const Error& e) {
    CHECK(e.fault() == Fault::usage);
    return e.what();
  }
}

// Runs the checks of `train` on options, given the images. preset: as if after --preset.
std::string checked(const std::string& options, bool validation = true, bool preset = false) {
  const ParsedOptions parsed = parse_options(words_of(tiny(options)));
  require(parsed.complaint.empty(), "{}", parsed.complaint);
  const ParsedOptions asked = parse_options(words_of(options));  // without those of tiny()
  const TrainConfig config = parsed.config(preset ? preset_config() : TrainConfig{});
  const Dataset data = counted_images(validation);
  Model model(config.model.network);
  model.set_trainable(config.model.unfreeze);
  return usage([&] {
    check_combination(config);
    check_calibration(config, data);
    check_idle_options(config, asked.given.flags(), model, data);
    check_schedule(config, asked.given.flags(), data);
  });
}

// Runs of `vgg-finetune train` that are refused, inside the test process.
struct Refusing : Scratch {
  fs::path data = path() / "data", out = path() / "run";
  Refusing() { draw_stripes(data, {"ill", "well"}, 4); }
  void refuses(const std::string& options, const std::string& words, Fault fault = Fault::usage) const {
    CAPTURE(options);
    const Run run = in_process("train " + data.string() + tiny("--threads 1 " + options) + "--out " + out.string());
    CHECK_MESSAGE(run.code == static_cast<int>(fault), run.output);
    says(run.output, words);
    CHECK_FALSE(fs::exists(out));
  }
};

}  // namespace

TEST_CASE("preflight: an option without effect is refused with the reason") {
  const std::vector<std::pair<std::string, std::string>> idle = {
      {"--momentum 0.5",
       "--momentum would have no effect: it applies only to --optimizer sgd, and this run trains with "
       "adam; leave it out"},
      {"--optimizer sgd --epsilon-form pytorch", "trains with sgd"},
      {"--cache-dir /c", "folder of --cache file"},
      {"--cache off --cache-precision bf16", "--cache off keeps none"},
      {"--unfreeze all --cache file", "none is frozen"},
      {"--unfreeze all --cache-precision bf16", "none is frozen"},
      {"--augment medical-gentle --cache-precision bf16", "--augment-views K"},
      {"--allow-group-overlap", "--group-by"},
      {"--head-init glorot --head-weights /head.h5", "--head-weights sets all values"},
      {"--finetune-lr 1e-5", "--warmup-epochs"}};
  for (const auto& [options, words] : idle) {
    CAPTURE(options);
    says(checked(options), words);
  }
  for (const auto& [options, words] : std::vector<std::pair<std::string, std::string>>{
           {"--positive ill", "chosen on validation images"},
           {"--monitor val_accuracy", "metric of the validation images"},
           {"--keep best", "validation images decide which epoch is best"}}) {
    CAPTURE(options);
    CHECK(checked(options) == "");
    says(checked(options, false), words);
  }
}

TEST_CASE("preflight: an option with an effect is accepted, and settings of a preset count as not given") {
  for (const char* options :
       {"", "--warmup-steps 2 --monitor val_accuracy --keep best --positive ill --lr-mult head=1",
        "--optimizer sgd --momentum 0.5", "--cache file --cache-precision bf16 --cache-dir /c",
        "--augment medical-gentle --augment-views 1 --cache-precision bf16",
        "--keep last --optimizer adam --cache file", "--allow-group-overlap --group-by ^(p)",
        "--head-init glorot --epsilon-form pytorch --calibrate",
        "--unfreeze all --warmup-epochs 1 --epochs 2 --finetune-lr 1e-6 --cache file --cache-dir /c"})
    CHECK_MESSAGE(checked(options) == "", options, ": ", checked(options));
  for (const bool validation : {true, false}) {
    CHECK(checked("", validation, true) == "");  // which sets --momentum, --monitor and more
    CHECK(checked("--optimizer sgd --momentum 0.5 --steps-per-epoch 2", validation, true) == "");
    says(checked("--momentum 0.5", validation, true), "trains with adam");
  }
}

TEST_CASE("preflight: a schedule has to fit the images") {
  says(checked("--patience 3", false), "--patience needs validation images, but");
  says(checked("--schedule plateau", false), "--schedule plateau needs validation images");
  CHECK(checked("--patience 3 --schedule plateau") == "");
  says(checked("--unfreeze block5 --epochs 2 --warmup-epochs 1 --finetune-lr 0"),
       "--finetune-lr 0 would train nothing");
  says(checked("--warmup-steps 3"), "--warmup-steps 3: the run has only 3 steps");  // 12 images in batches of 5
  CHECK(checked("--warmup-steps 2") == "");
  says(checked("--unfreeze block5 --epochs 9 --warmup-epochs 1 --warmup-steps 3"), "a phase has only 3 steps");
  CHECK(checked("--unfreeze block5 --epochs 9 --warmup-epochs 2 --warmup-steps 3") == "");
  says(checked("--unfreeze block5 --epochs 9 --warmup-epochs 8 --warmup-steps 3"), "a phase has only 3 steps");
  CHECK(checked("--steps-per-epoch 9 --warmup-steps 8") == "");
  says(checked("--calibrate", false), "--calibrate fits a temperature on validation images");
  says(checked("--positive sick"), "--positive sick: the classes are 'ill' and 'well'");
}

TEST_CASE(
    "preflight: a feature cache that exceeds the memory goes to files; more views than passes are not cached") {
  Backend backend = cpu_backend();
  Recorder heard;
  const Observers observers({&heard});
  const Scratch scratch;
  const auto decided = [&](int64_t memory, const std::string& options) {
    static int64_t free_bytes;
    free_bytes = memory;
    backend.available = [] { return free_bytes; };
    TrainConfig config = options_of(tiny(options + " --cache-dir " + scratch.path().string()));
    Model model(config.model.network);
    model.set_trainable({});
    heard.messages.clear();
    resolve_cache(config, model, backend, counted_images(), observers);
    return config.cache.mode;
  };
  const TrainConfig config = options_of(tiny(""));
  Model model(config.model.network);
  model.set_trainable({});
  const int64_t need = FeatureBatches::cache_bytes(model.input_shape(model.first_trained_layer()), 12 + 4);
  CHECK(decided(2 * need, "") == CacheMode::memory);
  CHECK(heard.messages.empty());
  CHECK(decided(2 * need - 2, "") == CacheMode::file);
  says(heard.text_of(MessageKind::note),
       "they are cached in " + scratch.path().string() + ", as with --cache file");
  CHECK(decided(need, "--cache-precision bf16") == CacheMode::memory);  // half of it
  CHECK(decided(0, "--cache off") == CacheMode::off);
  CHECK(decided(0, "--cache file") == CacheMode::file);
  CHECK(heard.messages.empty());
  decided(INT64_MAX, "--augment medical-gentle --augment-views 7 --epochs 3");
  says(heard.text_of(MessageKind::note),
       "--augment-views 7: each pass over the images uses one view, and this run makes 3");
}

TEST_CASE("preflight: a batch that does not fit into memory is refused, naming the largest that does") {
  Backend backend = cpu_backend();
  static int64_t free_bytes;
  backend.available = [] { return free_bytes; };
  Device device(backend);
  TrainConfig config = options_of(tiny("--unfreeze all --batch 4"));
  Model model(config.model.network);
  model.set_trainable(config.model.unfreeze);
  model.allocate(device);
  const auto message_of = [&](int64_t bytes) -> std::string {
    free_bytes = bytes;
    try {
      check_memory(config, model, device, counted_images());
      return "";
    } catch (const Error& e) {
      CHECK(e.fault() == Fault::resources);
      return e.what();
    }
  };
  CHECK(message_of(INT64_MAX) == "");
  says(message_of(0),
       "no batch fits: a smaller --image-size or --head needs less, or fewer trained layers (--unfreeze)");
  int64_t low = 0, high = int64_t{1} << 40;  // the smallest that suffices
  while (low + 1 < high) (message_of((low + high) / 2).empty() ? high : low) = (low + high) / 2;
  says(message_of(high - 1), "the largest batch that fits: --batch 3");
  config.schedule.batch = 3;
  CHECK(message_of(high - 1) == "");
}

TEST_CASE_FIXTURE(Refusing, "preflight: train refuses what its images, its network or this machine do not allow") {
  refuses("--model vgg17", "vgg11, vgg13, vgg16, vgg19");
  refuses("--unfreeze block9", "no layer");
  refuses("--unfreeze from=block9", "no layer");
  refuses("--lr-mult block5=0.1", "'block5': it is not trainable");
  refuses("--device tpu", "no device 'tpu'; there are: auto, cpu, emu, cuda");
  refuses("--kernel conv2d=warp", "no kernel 'warp' for conv2d");
  refuses("--kernel convolve=x", "no op 'convolve'");
  refuses("--kernel conv2d", "write OP=VARIANT");
  refuses("--precision tf32 --device cpu", "device cpu has no kernels of precision tf32");
  refuses("--precision bf16 --kernel conv2d=direct", "kernel conv2d=direct is for values in f32");
  refuses("--patience 3", "validation images");
  refuses("--positive sick --keep best", "the classes are 'ill' and 'well'");
  refuses("--momentum 0.5", "--momentum would have no effect");
  refuses("--augment-views 3", "needs a random --augment (keras-generator");
  refuses("--class-weights heavy", "no such file", Fault::data);
  refuses("--group-by ^(image)", "of 1 groups have images in two splits", Fault::data);
  refuses("--weights auto", "no official Keras weights for vgg-tiny", Fault::weights);
  refuses("--weights " + (path() / "none.h5").string(), "no such file", Fault::weights);
  fs::rename(data / "test/ill", data / "test/unknown");
  refuses("", "'unknown' is not one of the trained classes", Fault::data);
  const Run without_data = in_process("train --epochs 1");
  CHECK(without_data.code == 2);
  says(without_data.output, "train needs a folder");
}
