#include "tools/training.h"

#include <algorithm>
#include <cmath>

#include "engine/data/printable.h"
#include "engine/hash.h"
#include "engine/rng.h"
#include "tools/diagnose.h"
#include "tools/evaluate.h"
#include "tools/interrupt.h"
#include "tools/progress.h"

namespace graft {
namespace {

std::unique_ptr<Optimizer> make_optimizer(const TrainOptions& o, ParameterArena& parameters) {
  if (o.optimizer == "sgd")
    return std::make_unique<SgdOptimizer>(parameters, SgdOptions{.momentum = o.momentum, .decay = o.decay});
  AdamOptions adam{.decay = o.decay};
  if (o.epsilon_form == "pytorch") adam.form = EpsilonForm::pytorch, adam.eps = 1e-8f;
  return std::make_unique<AdamOptimizer>(parameters, adam);
}

enum class Views { plain, augmented };

FeedOptions feed_options(const TrainOptions& o, Views views) {
  FeedOptions options{.batch = o.batch, .cache = o.cache == "memory"};
  options.loader.on_bad_image = parse_on_bad_image(o.on_bad_image);
  if (views == Views::plain) return options;
  options.loader.augment = parse_augment(o.augment);
  options.loader.seed = o.seed;
  if (!options.loader.augment.random()) return options;
  options.views = o.augment_views;
  if (options.views == 0) options.cache = false;  // nothing is seen twice
  return options;
}

// Which images a run trains on: names, classes and sizes, in order.
std::string fingerprint(const std::vector<Sample>& samples, const std::filesystem::path& folder) {
  Hasher hash(Hasher::sha256);
  for (const Sample& s : samples) {
    std::error_code ignored;  // a vanished file is found when it is read
    hash.update(fmt::format("{}\n{}\n{}\n", s.path.lexically_relative(folder).string(), s.label,
                            std::filesystem::file_size(s.path, ignored)));
  }
  return hash.hex();
}

struct StepResult {
  double loss_sum = 0;
  int64_t correct = 0;
};

// Forward, backward, update on one batch. batch.x enters the model behind the frozen layers.
// before_update is told the result when the gradients are there.
StepResult train_step(Vgg& model, Optimizer& optimizer, const FeedBatch& batch, Feed& feed, const TrainOptions& o,
                      int64_t step, const std::function<void(const StepResult&)>& before_update) {
  model.parameters().start_step();
  Tape tape;
  const ForwardMode mode{.training = true, .seed = o.seed, .step = uint64_t(step)};
  const Var logits = model.forward(tape, {batch.x}, feed.boundary(), model.depth(), mode);
  feed.prefetch();
  const Tensor labels =
      Tensor::from_host(batch.x.device(), {int64_t(batch.labels.size())}, std::span(batch.labels));
  Tensor probs;
  const Var loss = softmax_loss(tape, logits, labels, &probs);

  StepResult result;
  for (float l : loss.value.to_host()) result.loss_sum += l;
  if (!std::isfinite(result.loss_sum)) stop_at_bad_loss(model, batch, feed.boundary(), step + 1);
  const std::vector<float> p = probs.to_host();
  const auto classes = probs.shape()[1];
  for (size_t i = 0; i < batch.labels.size(); ++i) {
    const auto row = p.begin() + int64_t(i) * classes;
    result.correct += std::max_element(row, row + classes) - row == batch.labels[i];
  }

  tape.backward(loss);
  before_update(result);
  optimizer.step(o.learning_rate);
  return result;
}

}  // namespace

Training::Training(const RunConfig& config, std::filesystem::path run, Device& device, Vgg& model,
                   const Dataset& data)
    : options_(config.options),
      run_(std::move(run)),
      model_(model),
      data_(data),
      optimizer_(make_optimizer(options_, model.parameters())),
      trunk_(device, model, model.frozen_depth(), config.model.precision),
      train_(trunk_, data.train, config.model.preprocess, feed_options(options_, Views::augmented)),
      val_(trunk_, data.val, config.model.preprocess, feed_options(options_, Views::plain)),
      log_(run_, options_.data) {
  state_.data_fingerprint = fingerprint(data.train, options_.data);
}

void Training::resume() {
  const std::string now = state_.data_fingerprint;
  state_ = load_state(run_, model_.parameters(), *optimizer_);
  if (options_.log_steps) log_.resume(state_.step);
  if (state_.data_fingerprint != now)
    fail(Fault::data,
         "{}: the training images are not those that the run started with; restore them or start a new run",
         printable(options_.data));
  if (state_.epoch <= options_.epochs)
    fmt::print("resumed in epoch {}, {} steps done\n", state_.epoch, state_.step);
  else
    fmt::print("all {} epochs were done\n", options_.epochs);
}

bool Training::train() {
  if (state_.step == 0) save();  // so that a run can be resumed wherever it is killed
  if (state_.epoch <= options_.epochs && !fill_caches()) return false;
  while (state_.epoch <= options_.epochs)
    if (!train_epoch()) return save(), false;
  release_memory();
  return true;
}

// What follows saves and tests the model; neither needs what training did.
void Training::release_memory() {
  for (const auto& [name, tensor] : optimizer_->state())
    tensor.zero();  // on the CPU, pages of zeros take no memory
  model_.parameters().grads().zero();
  optimizer_.reset();
  train_.release_cache();
}

bool Training::fill_caches() {
  if (options_.cache != "memory" || trunk_.end() == 0) return true;
  const auto train = int64_t(data_.train.size());
  if (!parse_augment(options_.augment).random()) {
    if (!fill_cache(train_, train, "training images")) return false;
  } else if (options_.augment_views > 0) {
    if (!fill_cache(train_, train * options_.augment_views, "fixed views of the training images")) return false;
  } else {
    fmt::print(
        "every pass sees new views, so the frozen layers run in every pass (no cache); --augment-views K\n"
        "keeps K fixed views of each image instead: faster, and an approximation\n");
  }
  if (!fill_cache(val_, int64_t(data_.val.size()), "validation images")) return false;
  trunk_.release_buffers();
  return true;
}

bool Training::fill_cache(Feed& feed, int64_t count, const char* what) {
  if (count == 0) return true;
  Progress progress(fmt::format("frozen layers, {}", what), count);
  feed.fill_cache([&](int64_t done) { return progress.update(done), !interrupted(); });
  if (interrupted()) return false;
  fmt::print("frozen layers run once over {} {}: {} ({:.1f} images/s, {:.0f} % waiting for data), {:.0f} MB kept\n",
             count, what, human_time(progress.seconds()), double(count) / progress.seconds(),
             100 * feed.waited_seconds() / progress.seconds(),
             double(Feed::cache_bytes(trunk_.out(), count)) / 1e6);
  std::fflush(stdout);
  for (TrainingObserver* o : observers_) o->on_frozen_pass({what, count, progress.seconds()});
  return true;
}

bool Training::train_epoch() {
  const int images = int(data_.train.size());
  const int64_t batches = (images + options_.batch - 1) / options_.batch;
  const int64_t steps = options_.steps_per_epoch ? options_.steps_per_epoch : batches;
  const auto order = [&] { return shuffled(images, options_.seed, uint64_t(state_.pass)); };
  Progress progress(fmt::format("epoch {}/{}", state_.epoch, options_.epochs), steps, state_.step_in_epoch);
  const double waited = train_.waited_seconds();
  const int64_t seen_before = state_.seen;

  train_.start(order(), state_.position, state_.pass);
  bool pass_is_empty = state_.position == 0;
  while (state_.step_in_epoch < steps) {
    FeedBatch batch;
    if (!train_.next(batch)) {  // the end of a pass over the images
      if (pass_is_empty) fail(Fault::data, "{}: not one training image can be read", printable(options_.data));
      if (!options_.steps_per_epoch) break;
      ++state_.pass, state_.position = 0;
      train_.start(order(), 0, state_.pass);
      pass_is_empty = true;
      continue;
    }
    pass_is_empty = false;
    StepSeen seen{.epoch = state_.epoch,
                  .step = state_.step + 1,
                  .step_in_epoch = state_.step_in_epoch + 1,
                  .steps = steps,
                  .learning_rate = options_.learning_rate};
    const StepResult r =
        train_step(model_, *optimizer_, batch, train_, options_, state_.step, [&](const StepResult& now) {
          seen.loss = now.loss_sum / double(batch.labels.size());
          seen.accuracy = double(now.correct) / double(batch.labels.size());
          for (TrainingObserver* o : observers_) o->before_update(seen);
        });
    for (TrainingObserver* o : observers_) o->on_step(seen);
    state_.loss_sum += r.loss_sum, state_.correct += r.correct, state_.seen += int64_t(batch.labels.size());
    state_.position = batch.next, ++state_.step, ++state_.step_in_epoch;
    if (options_.log_steps) {
      const auto n = double(batch.samples.size());
      log_.add({state_.step, state_.epoch, r.loss_sum / n, double(r.correct) / n}, data_.train, batch.samples);
    }
    progress.update(state_.step_in_epoch,
                    fmt::format("loss {:.4f}  accuracy {:.4f}  {:.0f} % waiting for data",
                                state_.loss_sum / double(state_.seen), double(state_.correct) / double(state_.seen),
                                100 * (train_.waited_seconds() - waited) / progress.seconds()));
    if (interrupted()) return false;
  }
  if (!options_.steps_per_epoch) ++state_.pass, state_.position = 0;

  const double seconds = progress.seconds(), new_images = double(state_.seen - seen_before);
  const double waited_share = (train_.waited_seconds() - waited) / seconds;
  finish_epoch();
  const EpochResult& e = state_.history.back();
  fmt::print("epoch {}/{}  loss {:.4f}  accuracy {:.4f}{}  {} ({:.0f} images/s, {:.0f} % waiting for data)\n",
             e.epoch, options_.epochs, e.train.loss, e.train.accuracy,
             e.val ? fmt::format("  val_loss {:.4f}  val_accuracy {:.4f}", e.val->loss, e.val->accuracy) : "",
             human_time(seconds), new_images / seconds, 100 * waited_share);
  std::fflush(stdout);
  const EpochSeen epoch_seen{e,       options_.epochs,      state_.step,
                             seconds, new_images / seconds, options_.learning_rate};
  for (TrainingObserver* o : observers_) o->on_epoch(epoch_seen);
  return true;
}

void Training::finish_epoch() {
  // The loss of a step is that of the weights before it: only this sees what the last step of an epoch did.
  stop_at_bad_weights(model_, state_.step);
  const auto seen = double(state_.seen);
  EpochResult e{state_.epoch, state_.step_in_epoch, {state_.loss_sum / seen, double(state_.correct) / seen}, {}};
  if (!data_.val.empty()) {
    const Scores scores = score(validate(), model_.config().classes);
    if (!scores[Overall::loss])
      fail(Fault::data, "{}: not one validation image can be read", printable(options_.data));
    e.val = Score{*scores[Overall::loss], *scores[Overall::accuracy]};
  }
  state_.history.push_back(e);
  ++state_.epoch, state_.step_in_epoch = 0, state_.loss_sum = 0, state_.correct = 0, state_.seen = 0;
  write_history(run_ / "history.csv", state_.history);
  save();
}

std::vector<Prediction> Training::validate() {
  return evaluate(model_, val_, int(data_.val.size()), [](int64_t) { return true; });
}

void Training::save() {
  if (options_.log_steps) log_.write();
  save_state(run_, state_, model_.parameters(), *optimizer_);
}

std::vector<BadImage> Training::bad_images() const {
  std::vector<BadImage> bad = train_.bad_images();
  bad.insert(bad.end(), val_.bad_images().begin(), val_.bad_images().end());
  return bad;
}

}  // namespace graft
