// The page of a report, rendered from made-up runs, without training.
#include <doctest/doctest.h>

#include "tests/support/in_process.h"
#include "tests/support/words.h"
#include "tools/report/report.h"

using namespace graft;

namespace {

size_t count(const std::string& text, const std::string& word) {
  size_t n = 0;
  for (size_t at = 0; (at = text.find(word, at)) != text.npos; at += word.size()) ++n;
  return n;
}

// Eight test images of two classes, with one wrong prediction each.
struct MadeUp {
  Report r;
  explicit MadeUp(const std::string& options = "") { tell(options); }
  void tell(const std::string& options) {
    r.run = "runs/7";
    r.config.options = options_of("/folder/of/heads --model vgg-tiny " + options);
    r.config.model.architecture = r.config.options.model.network;
    r.config.model.classes = r.summary.classes = {"ill", "well"};
    r.config.model.preprocess = preprocess_preset("keras-caffe");
    r.config.model.weights = {"none", ""};
    r.summary.program = "graft 1", r.summary.device = "a processor", r.summary.which_model = "epoch 2, the last";
    r.summary.images = {{"train", {12, 20}}, {"test", {4, 4}}};
    r.summary.train_sha256 = std::string(64, 'a'), r.summary.test_sha256 = std::string(64, 'b');
    r.summary.test_scored = 1;
    r.model_sha256 = std::string(64, 'c');
    r.map_layer = "block5_conv1";
    for (int epoch = 1; epoch <= r.config.options.schedule.epochs; ++epoch)
      r.history.push_back({epoch, 7, {1.0 / epoch, 0.5}, {}});
    std::vector<Prediction> predictions;
    for (int i = 0; i < 8; ++i) {
      const bool right = i % 4 != 3;
      const float p = right == (i < 4) ? 0.9f : 0.1f;
      predictions.push_back({i, i < 4 ? 0 : 1, right ? 0.1 : 2.3, {p, 1 - p}});
      r.predictions.push_back({fmt::format("test/image{}.png", i), predictions.back()});
    }
    r.evaluation = evaluate_predictions("test", predictions, r.summary.classes, {}, {});
  }
  std::string page() const { return render(r); }
};

}  // namespace

TEST_CASE("report page: the title, the result and its disclaimer") {
  const std::string page = MadeUp().page();
  says(page, "<title>vgg-tiny, the model of the run \u201c7\u201d</title>");
  says(page, "trained on 2 classes. On 8 test images: accuracy 0.750 [");
  CHECK(count(page, "not a medical device") == 1);
  CHECK(count(page, "which this run scored once, at its end") == 1);
  CHECK(count(page, "None: every image could be read.") == 1);
  CHECK(count(page, "sha256 ") == 3);
  CHECK(count(page, "/folder/of") == 0);  // the location of the images is private
  CHECK(count(page, ">heads<") == 1);
}

TEST_CASE("report page: no results without test images") {
  MadeUp made;
  made.r.evaluation.reset();
  made.r.predictions.clear(), made.r.summary.images.erase("test"), made.r.summary.test_sha256.clear();
  const std::string page = made.page();
  CHECK(count(page, "the accuracy on unseen images is unknown") == 1);
  CHECK(count(page, "accuracy 0.750") == 0);
  CHECK(count(page, "sha256 ") == 2);
}

TEST_CASE("report page: how often the test set was scored, and changes of the plan after that") {
  MadeUp made("--epochs 4");
  made.r.summary.test_scored = 2;
  made.r.config.changes.epochs = {{2, 2, 1}};
  const std::string page = made.page();
  CHECK(count(page, "scored 2 times") == 1);
  CHECK(count(page, "2 were planned until 2 were done and the test images had been scored") == 1);
  CHECK(count(page, "scored once") == 0);
}

TEST_CASE("report page: an option is described when it is on, and not mentioned when it is off") {
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"--dropout 0.375", "Dropout</th><td>0.375"},
      {"--label-smoothing 0.125", "Label smoothing</th><td>0.125"},
      {"--preset tutorial", "Preset</th><td>tutorial"},
      {"--patience 1 --monitor val_accuracy", "when the validation accuracy has not improved for 1 epoch<"},
      {"--kernel conv2d=im2col", "Kernels by name</th><td>conv2d=im2col"},
      {"--optimizer sgd --momentum 0.5 --l2 0.25", "SGD, momentum 0.5, L2 0.25"},
      {"--weight-decay 0.25", ", decoupled weight decay 0.25"},
      {"--clip-norm 2", ", gradients clipped to 2"},
      {"--schedule cosine:floor=0.25", "cosine decay to 0.25 of it"},
      {"--warmup-steps 2", ", rising over the first 2 steps"},
      {"--lr-mult head=0.5", "; factors head=0.5"},
      {"--steps-per-epoch 3", "an epoch is 3 steps of an endless, reshuffled stream"},
      {"--augment medical-gentle", "new views of the training images in every epoch"},
      {"--augment medical-gentle --augment-views 3", "3 fixed views of each training image, an approximation"},
      {"--cache-precision bf16", "of training images, rounded to bf16 once"},
      {"--head-init glorot", "(Glorot"},
      {"--unfreeze block5", "the head, and the trunk from block5"},
      {"--epochs 3 --warmup-epochs 1 --unfreeze all",
       "two phases: epoch 1 the head alone; from epoch 2 on the head and the whole trunk"}};
  const std::string plain = MadeUp().page();
  for (const auto& [options, words] : rows) {
    CAPTURE(options);
    CHECK(count(plain, words) == 0);
    CHECK(count(MadeUp(options).page(), words) == 1);
  }
  CHECK(count(plain, "so this is not transfer learning") == 1);
  MadeUp transferred;
  transferred.r.config.model.weights = {"vgg16.h5", std::string(64, 'd')};
  CHECK(count(transferred.page(), "not transfer learning") == 0);
  CHECK(count(transferred.page(), "sha256 " + std::string(64, 'd')) == 1);
}

TEST_CASE("report page: all names are escaped") {
  MadeUp made;
  const std::string evil = "<script>alert(1)</script>&\"'";
  made.r.config.model.classes = made.r.summary.classes = {evil, "\x1b[2J"};
  made.r.evaluation->classes = made.r.summary.classes;
  made.r.summary.notes = made.r.summary.skipped = {evil};
  made.r.summary.program = made.r.summary.device = made.r.summary.which_model = evil;
  made.r.errors.push_back({made.r.predictions[3], evil, {}, {}, {}});
  made.r.errors.back().said.image = evil;
  const std::string page = made.page();
  CHECK(count(page, "<script") == 0);
  CHECK(count(page, "&lt;script&gt;alert(1)&lt;/script&gt;&amp;&quot;&#39;") >= 7);
  CHECK(count(page, "\x1b") == 0);
  CHECK(count(page, "\\x1b[2J") > 0);
}

TEST_CASE("report page: long lists are truncated") {
  MadeUp made;
  for (int i = 0; i < 150; ++i) made.r.summary.skipped.push_back(fmt::format("broken{:03}.png", i));
  const std::string page = made.page();
  CHECK(count(page, "broken") == 100);
  CHECK(count(page, "and 50 more. summary.json has all of them.") == 1);
}
