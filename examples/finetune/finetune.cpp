// Transfer learning in one screen, with the library alone: a frozen VGG trunk processes every image once, and a new
// head is trained on the features. `finetune DATA [WEIGHTS [MODEL [SIZE]]]`: DATA has train/<class>/* and
// test/<class>/*; WEIGHTS is a .h5 file of ImageNet weights. Without weights there is nothing to transfer, and the
// whole network is trained from random values. vgg-finetune adds validation, checkpoints, schedules and reports.
#include <cstdio>

#include "engine/base/parse_number.h"
#include "engine/base/rng.h"
#include "engine/data/dataset.h"
#include "engine/init.h"
#include "models/features/evaluate.h"
#include "models/train_step.h"
#include "weights/keras/keras_h5.h"

using namespace graft;

constexpr int kBatch = 16, kEpochs = 5;
constexpr uint64_t kSeed = 1;
constexpr float kLearningRate = 1e-3f;

// Initialises the trunk with ImageNet weights, matched by layer name, or at random, and the head at random.
void initialise(Model& model, const std::string& weights) {
  for (Parameter* p : model.head_parameters())
    if (p->shape.rank() == 2) fan_in_uniform(*p, kSeed);  // biases stay 0
  std::vector<Parameter*> trunk = model.trunk_parameters();
  if (weights != "none") {
    load_keras_h5(weights, trunk);
    return;
  }
  for (Parameter* p : trunk)
    if (p->shape.rank() == 4) he_normal(*p, kSeed);
}

// A feature cache in memory: the output of the frozen layers for an image never changes.
FeatureBatchOptions cached_in_memory(FrozenTrunk& trunk) {
  const auto store = [&](int64_t rows) { return store_in_memory(trunk.device(), trunk.out(), DType::f32, rows); };
  if (trunk.end() == 0) return {.batch = kBatch};  // nothing is frozen
  return {.batch = kBatch, .cache = store};
}

float train_epoch(Model& model, Optimizer& optimizer, FeatureBatches& batches, int images, int epoch,
                  int64_t& step) {
  double loss = 0;
  batches.start(shuffled(images, kSeed, uint64_t(epoch)));
  for (FeatureBatch batch; batches.next(batch); ++step) {
    const StepSettings settings{.seed = kSeed, .step = step, .learning_rate = kLearningRate};
    loss += train_step(model, optimizer, {batch.x, batch.labels, batches.first_layer()}, settings).loss_sum;
  }
  return float(loss / images);
}

double accuracy(const Model& model, FeatureBatches& batches, int images) {
  int correct = 0;
  for (const Prediction& p : evaluate(model, batches, images, [](int64_t) { return true; }))
    correct += p.predicted() == p.label;
  return double(correct) / images;
}

int main(int argc, char** argv) try {
  if (argc < 2) fail(Fault::usage, "usage: finetune DATA [WEIGHTS [MODEL [SIZE]]]");
  const std::string weights = argc > 2 ? argv[2] : "none", trunk_name = argc > 3 ? argv[3] : "vgg16";
  const int size = argc > 4 ? parse_number(argv[4], 32, 1024).value_or(0) : 224;
  if (size == 0) fail(Fault::usage, "SIZE is a number from 32 to 1024");

  Device device(find_backend("auto"));
  const Dataset data = scan_dataset(argv[1], {});
  if (data.test.empty()) fail(Fault::data, "{}: has no test images", argv[1]);
  Model model({.trunk = trunk_name, .image_size = size, .head = "gap:64", .classes = int(data.classes.size())});
  model.set_trainable(parse_trainable_from(weights == "none" ? "all" : "none"));  // random filters need training
  model.allocate(device);
  initialise(model, weights);
  std::printf("%s", summary(model).c_str());

  const Preprocess preprocess = preprocess_preset(weights == "none" ? "torchvision" : "keras-caffe", size);
  FrozenTrunk trunk(device, model, model.first_trained_layer());
  const int train_images = int(data.train.size()), test_images = int(data.test.size());
  FeatureBatches train(trunk, data.train, preprocess, cached_in_memory(trunk));
  FeatureBatches test(trunk, data.test, preprocess, cached_in_memory(trunk));
  for (FeatureBatches* batches : {&train, &test})
    if (batches->keeps()) batches->fill_cache([](int64_t) { return true; });

  AdamOptimizer adam(model.parameters(), {});
  int64_t step = 0;
  for (int epoch = 1; epoch <= kEpochs; ++epoch) {
    const float loss = train_epoch(model, adam, train, train_images, epoch, step);
    std::printf("epoch %d  loss %.4f  test accuracy %.4f\n", epoch, loss, accuracy(model, test, test_images));
  }
  return 0;
} catch (const Error& error) {
  std::fprintf(stderr, "finetune: %s\n", error.what());
  return static_cast<int>(error.fault());
}
