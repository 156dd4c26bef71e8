// The training loop, inside the test process, with a recording observer: the order of events, and that a run that is
// stopped at any moment and resumed ends with the same bits.
#include <doctest/doctest.h>
#include <fmt/ranges.h>

#include <set>

#include "tests/support/in_process.h"
#include "tests/support/recorder.h"
#include "tests/support/words.h"
#include "tools/train/class_weights.h"
#include "tools/train/initial_weights.h"
#include "tools/train/skip_unreadable.h"
#include "tools/train/trainer.h"

using namespace graft;
namespace fs = std::filesystem;
using Lines = std::vector<std::string>;

namespace {

// The results of a run, as bits.
struct Left {
  bool done = false;
  std::vector<float> values;
  RunState state;
  std::string history;  // history.csv
};

// 12 training and 6 validation images: an epoch is 3 steps of 5, 5 and 2 images.
struct Job : Scratch {
  fs::path data = path() / "data";
  Dataset images;
  Device device{cpu_backend()};

  Job() {
    draw_stripes(data, {"a", "b"}, 6);
    fs::rename(data / "test", data / "val");
    look();
  }
  void look() {
    images = scan_dataset(data);
    skip_unreadable(images, data, OnBadImage::fail, 1, {});
  }

  // Starts or resumes the run in folder `run`, like one process.
  Left train(const std::string& run, const std::string& options, const Observers& observers) {
    RunConfig config;
    TrainConfig& o = config.options = options_of(tiny("--checkpoint-minutes 0 " + options));
    o.data.folder = data, o.model.network.classes = 2;
    config.class_weights = class_weights(o.loss.class_weights, images, observers);
    config.model.classes = images.classes, config.model.architecture = o.model.network;
    config.model.preprocess = choose_preprocess(o.data.preprocess, o.model.network.image_size, {}, {});
    Model model(o.model.network);
    model.set_trainable(o.model.unfreeze);
    model.allocate(device);
    config.model.weights = initialise(model, {}, o.model, o.run.seed, images.classes, observers);
    const ParameterArena& p = model.parameters();
    const bool old = fs::exists(path() / run);
    const RunFolder folder =
        old ? open_run_folder(path() / run) : create_run_folder(path() / run, p.frozen_size(), p.trainable_size());
    Trainer trainer(config, folder, device, model, images, observers);
    if (has_state(folder.path)) trainer.resume();
    Left left{.done = trainer.train()};
    for (const Parameter& parameter : model.parameters().all())
      for (const float value : parameter.value.to_host()) left.values.push_back(value);
    left.state = trainer.state();
    left.history = slurp(folder.path / "history.csv");
    return left;
  }
  Left train(const std::string& run, const std::string& options, Recorder& recorder) {
    return train(run, options, Observers({&recorder}));
  }
};

void check_same(const Left& a, const Left& b) {
  CHECK(a.done == b.done);
  CHECK(a.values == b.values);
  CHECK(a.history == b.history);
  CHECK(a.state.step == b.state.step);
  CHECK(a.state.best_epoch == b.state.best_epoch);
  CHECK(a.state.best_value == b.state.best_value);
  CHECK(a.state.rate_scale == b.state.rate_scale);
}

constexpr const char* kKinds[] = {
    "--epochs 2 --lr 1e-2 --head gap:8 --dropout 0.3 --label-smoothing 0.1 --class-weights balanced",
    "--epochs 3 --unfreeze block5 --warmup-epochs 1 --optimizer sgd --schedule cosine --warmup-steps 2 --clip-norm "
    "1",
    "--epochs 2 --unfreeze block5 --augment medical-gentle --augment-views 2 --l2 0.01",
    "--epochs 2 --steps-per-epoch 4 --augment keras-generator --weight-decay 0.1",
    // The loss never improves, so the counts of epochs decide, which must survive a resume.
    "--epochs 6 --steps-per-epoch 1 --lr 0 --optimizer sgd --schedule plateau:patience=2,factor=0.5 --patience 3"};

}  // namespace

TEST_CASE_FIXTURE(Job, "training: the events of a run have a fixed order") {
  Recorder heard;
  CHECK(train("run", "--epochs 2", heard).done);
  const Lines frozen = {"work frozen layers, training images", "features training images",
                        "done frozen layers, training images", "work frozen layers, validation images",
                        "features validation images",          "done frozen layers, validation images"};
  Lines wanted = frozen;
  for (int epoch = 1; epoch <= 2; ++epoch) {
    const std::string work = fmt::format("epoch {}/2", epoch);
    wanted.push_back("work " + work);
    for (int step = 3 * epoch - 2; step <= 3 * epoch; ++step)
      for (const char* what : {"update ", "step "}) wanted.push_back(what + std::to_string(step));
    for (const std::string& line : {"done " + work, std::string("work validation"), std::string("done validation"),
                                    fmt::format("epoch {}", epoch), std::string("save")})
      wanted.push_back(line);
  }
  CHECK(fmt::format("{}", fmt::join(heard.events, "\n")) == fmt::format("{}", fmt::join(wanted, "\n")));
}

TEST_CASE_FIXTURE(Job, "training: events report what was done") {
  Recorder heard;
  const Left left = train("run", "--epochs 2 --lr 0.01 --schedule step:every=1,factor=0.5", heard);
  REQUIRE(heard.steps.size() == 6);
  REQUIRE(heard.epochs.size() == 2);
  for (size_t i = 0; i < 6; ++i) {
    const StepEvent& e = heard.steps[i];
    CHECK(e.step == int64_t(i) + 1);
    CHECK(e.epoch == int(i / 3) + 1);
    CHECK(e.step_in_epoch == int64_t(i % 3) + 1);
    CHECK(e.steps == 3);
    CHECK(e.learning_rate == doctest::Approx(i < 3 ? 0.01 : 0.005));
    CHECK(heard.samples[i].size() == (i % 3 == 2 ? 2 : 5));
  }
  for (int epoch = 0; epoch < 2; ++epoch) {
    std::set<int> seen;  // every image occurs once
    double loss = 0, correct = 0;
    for (size_t i = size_t(epoch) * 3; i < size_t(epoch) * 3 + 3; ++i) {
      seen.insert(heard.samples[i].begin(), heard.samples[i].end());
      loss += heard.steps[i].loss * double(heard.samples[i].size());
      correct += heard.steps[i].accuracy * double(heard.samples[i].size());
    }
    CHECK(seen.size() == 12);
    const EpochEvent& e = heard.epochs[size_t(epoch)];
    CHECK(e.result.train.loss == doctest::Approx(loss / 12));
    CHECK(e.result.train.accuracy == doctest::Approx(correct / 12));
    CHECK(e.result.val.has_value());
    CHECK(e.epochs == 2);
    CHECK(e.step == 3 * (epoch + 1));
    CHECK(e.rate_changes);
  }
  CHECK(heard.samples[0] != heard.samples[3]);  // reshuffled
  CHECK(left.state.history.size() == 2);
}

TEST_CASE_FIXTURE(Job, "training: before_update sees the weights of the loss, on_step the updated ones") {
  struct Watcher : Observer {
    Model* model = nullptr;
    std::vector<std::vector<float>> before, after;
    std::vector<float> values() const { return model->parameters().trainable_values().to_host(); }
    void before_update(const StepEvent&) override { before.push_back(values()); }
    void on_step(const StepEvent&) override { after.push_back(values()); }
  } watcher;
  TrainConfig o = options_of(tiny(""));
  o.data.folder = data, o.model.network.classes = 2;
  RunConfig config{.model = {.architecture = o.model.network, .classes = images.classes}, .options = o};
  config.model.preprocess = choose_preprocess(o.data.preprocess, 32, {}, {});
  Model model(o.model.network);
  model.set_trainable({});
  model.allocate(device);
  const Observers observers({&watcher});
  initialise(model, {}, o.model, 1, images.classes, observers);
  watcher.model = &model;
  const std::vector<float> start = watcher.values();
  const RunFolder folder = create_run_folder(path() / "run", 1, 1);
  Trainer(config, folder, device, model, images, observers).train();
  REQUIRE(watcher.before.size() == 3);
  CHECK(watcher.before[0] == start);
  for (size_t i = 0; i < 3; ++i) CHECK(watcher.after[i] != watcher.before[i]);
  for (size_t i = 1; i < 3; ++i) CHECK(watcher.before[i] == watcher.after[i - 1]);
}

TEST_CASE_FIXTURE(Job, "training: stopped after any step and resumed, it reports each step and epoch once") {
  const std::string options = kKinds[0];
  Recorder all;
  const Left whole = train("whole", options, all);
  REQUIRE(all.steps.size() == 6);
  for (int64_t stop = 0; stop <= 6; ++stop) {
    CAPTURE(stop);
    Recorder first, second;
    first.stop_after_step = stop;
    const Left cut = train("cut", options, first);
    CHECK_FALSE(cut.done);
    CHECK(cut.state.step == stop);
    CHECK(first.events.back() == "save");
    check_same(train("cut", options, second), whole);
    std::vector<std::vector<int>> samples = first.samples;
    samples.insert(samples.end(), second.samples.begin(), second.samples.end());
    CHECK(samples == all.samples);
    CHECK(first.epochs.size() + second.epochs.size() == all.epochs.size());
    fs::remove_all(path() / "cut");
  }
}

TEST_CASE_FIXTURE(Job, "training: stopped after every single step, it ends with the same bits") {
  for (const std::string options : kKinds) {
    CAPTURE(options);
    Recorder all;
    const Left whole = train("whole", options, all);
    Left cut;
    int64_t processes = 0;
    while (!cut.done && processes < 99) {
      Recorder once;
      once.stop_after_step = ++processes;
      cut = train("cut", options, once);
      CHECK(once.steps.size() <= 1);
    }
    check_same(cut, whole);
    CHECK(processes == int64_t(all.steps.size()) + 1);
    for (const char* run : {"cut", "whole"}) fs::remove_all(path() / run);
  }
}

TEST_CASE_FIXTURE(Job, "training: stopped while features are computed, it has done no step and loses nothing") {
  Recorder all, second;
  const Left whole = train("whole", "--epochs 2", all);
  for (const char* task : {"frozen layers, training images", "frozen layers, validation images"}) {
    Recorder first;
    first.stop_in_work = task;
    const Left cut = train(task, "--epochs 2", first);
    CHECK_FALSE(cut.done);
    CHECK(first.steps.empty());
    CHECK(first.events.back() == "save");
    check_same(train(task, "--epochs 2", second), whole);
  }
}

TEST_CASE_FIXTURE(Job, "training: observers change no bit") {
  for (const std::string options : kKinds) {
    Recorder one, two;
    const Left alone = train("alone", options, Observers());
    check_same(train("watched", options, Observers({&one, &two})), alone);
    CHECK(one.events == two.events);
    for (const char* run : {"alone", "watched"}) fs::remove_all(path() / run);
  }
}

TEST_CASE_FIXTURE(Job, "training: --checkpoint-steps saves after every N-th step, and each epoch saves once") {
  const auto saved_after = [&](const std::string& options) {
    Recorder heard;
    train("run", options, heard);
    fs::remove_all(path() / "run");
    Lines after;
    for (size_t i = 1; i < heard.events.size(); ++i)
      if (heard.events[i] == "save") after.push_back(heard.events[i - 1]);
    return after;
  };
  CHECK(saved_after("--epochs 2") == Lines{"epoch 1", "epoch 2"});
  CHECK(saved_after("--epochs 2 --checkpoint-steps 2") == Lines{"step 2", "epoch 1", "step 4", "epoch 2"});
  CHECK(saved_after("--epochs 2 --checkpoint-steps 3") == Lines{"epoch 1", "epoch 2"});
  CHECK(saved_after("--epochs 1 --checkpoint-steps 1") == Lines{"step 1", "step 2", "epoch 1"});
}

TEST_CASE_FIXTURE(Job, "training: phases, early stopping and plateaus are reported") {
  Recorder phases;
  train("phases", "--epochs 3 --lr 0.01 --warmup-epochs 1 --unfreeze block5", phases);
  const std::string info = phases.text_of(MessageKind::info);
  says(info, "phase 1 of 2: the head, learning rate 0.01\n");
  says(info, "phase 2 of 2: the head and block5, learning rate 0.001\n");
  CHECK(phases.steps[2].learning_rate == doctest::Approx(0.01));
  CHECK(phases.steps[3].learning_rate == doctest::Approx(0.001));

  Recorder early;
  const Left left = train("early", "--epochs 60 --lr 0 --patience 2", early);  // the loss never improves
  CHECK(left.done);
  CHECK(left.state.stopped_early);
  CHECK(left.state.best_epoch == 1);
  CHECK(early.epochs.size() == 3);
  says(early.text_of(MessageKind::info), "stopped early: val_loss has not improved for 2 epochs");
  Recorder again;
  CHECK(train("early", "--epochs 60 --lr 0 --patience 2", again).done);
  CHECK(again.steps.empty());

  Recorder plateau;
  CHECK(train("plateau", "--epochs 4 --lr 0 --schedule plateau:patience=1,factor=0.5", plateau).state.rate_scale ==
        0.125);
}

TEST_CASE_FIXTURE(Job, "training: a run can be resumed only with its own images") {
  Recorder first;
  first.stop_after_step = 2;
  train("run", "", first);
  fs::copy_file(data / "train/a/image1.png", data / "train/a/image0.png", fs::copy_options::overwrite_existing);
  look();
  Recorder second;
  CHECK_THROWS_WITH_AS(train("run", "", second), doctest::Contains("not those that the run started with"), Error);
  CHECK(second.events.empty());
}
