#include "tools/train/training.h"

#include <algorithm>
#include <cmath>

#include "engine/base/printable.h"
#include "engine/base/rng.h"
#include "tools/evaluation/evaluate.h"
#include "tools/run/fingerprint.h"
#include "tools/run/image_list.h"
#include "tools/terminal/interrupt.h"
#include "tools/terminal/progress.h"
#include "tools/terminal/terminal.h"
#include "tools/train/diagnose.h"

namespace graft {

Training::Training(const RunConfig& config, const RunFolder& folder, Device& device, Model& model,
                   const Dataset& data)
    : config_(config),
      options_(config.options),
      folder_(folder),
      run_(folder.path),
      device_(device),
      model_(model),
      data_(data),
      schedule_(parse_schedule(options_.schedule)),
      log_(run_, {options_.data, options_.hide_names}) {
  state_.data_fingerprint = fingerprint(data.train, options_.data);
  state_.val_fingerprint = fingerprint(data.val, options_.data);
}

void Training::resume() {
  const std::string train = state_.data_fingerprint, val = state_.val_fingerprint;
  const SavedState saved = load_state(run_);
  state_ = saved.state;
  if (options_.log_steps) log_.resume(state_.step);
  require_same_images(train, val);
  if (state_.position > int64_t(data_.train.size()) || state_.step_in_epoch > steps_per_epoch() ||
      (state_.phase > 0 && !two_phases()))
    fail(Fault::weights, "{}: its checkpoint is of a run with other images or options; restore it",
         printable(run_));
  begin_phase();
  restore(saved, model_.parameters(), *optimizer_, best_);
}

std::string Training::place() const {
  if (done()) return fmt::format("all {} epochs were done", state_.epoch - 1);
  return fmt::format("resumed in epoch {}, {} steps done", state_.epoch, state_.step);
}

// train, val: fingerprints of the images that are there now.
void Training::require_same_images(const std::string& train, const std::string& val) const {
  if (state_.data_fingerprint == train && state_.val_fingerprint == val) return;
  const bool of_val = state_.data_fingerprint == train;
  const ListedSplit split = of_val ? ListedSplit{"val", data_.val} : ListedSplit{"train", data_.train};
  fail_of_other_images(run_, {options_.data, options_.hide_names}, data_.classes, split);
}

// ---- phases ----------------------------------------------------------------------------------------------------

void Training::begin_phase() {
  if (two_phases()) {
    model_.set_trainable(parse_trainable_from(state_.phase == 0 ? "none" : options_.unfreeze));
    model_.allocate(device_);
  }
  optimizer_ = make_optimizer(options_, model_.parameters());
  // In the first of two phases only the head trains, so the factors of other parts wait for the second.
  if (!two_phases() || state_.phase > 0)
    optimizer_->set_groups(learning_groups(model_, options_.lr_mult, state_.phase_start));
  stage_ = std::make_unique<TrainingStage>(config_, device_, model_, data_);
}

void Training::next_phase() {
  stage_.reset();
  const std::unique_ptr<Optimizer> before = std::move(optimizer_);
  ++state_.phase, state_.phase_start = state_.step;
  state_.since_best = state_.plateau = 0, state_.rate_scale = 1;
  begin_phase();
  optimizer_->continue_from(*before);
  if (!best_.defined()) return;
  const Tensor now = model_.parameters().trainable_values(), best = Tensor::empty(device_, now.shape());
  best.copy_from(now);  // what begins to train is what it was at the best epoch
  best.view(best.size() - best_.size(), {best_.size()}).copy_from(best_);
  best_ = best;
}

bool Training::train() {
  if (!stage_) begin_phase();
  for (bool entered = false; !done(); entered = true) {
    const bool border = two_phases() && state_.phase == 0 && state_.epoch > options_.warmup_epochs;
    if (border) next_phase();
    if (two_phases() && (border || !entered))
      print_info("phase {} of 2: {}, learning rate {:g}\n", state_.phase + 1,
                 state_.phase == 0 ? "the head" : fmt::format("the head and {}", options_.unfreeze),
                 learning_rate());
    if ((border || !entered) && !stage_->fill_caches(observers_)) return save(), false;
    if (!train_epoch()) return save(), false;
  }
  if (state_.stopped_early)
    print_info("stopped early: {} has not improved for {} epochs\n", options_.watched, options_.patience);
  release_memory();
  return true;
}

// What follows saves and tests the model; neither needs what training did.
void Training::release_memory() {
  for (const auto& [name, tensor] : optimizer_->state())
    tensor.zero();  // on the CPU, pages of zeros take no memory
  model_.parameters().grads().zero();
  optimizer_.reset();
  stage_->train().release_cache();
}

int64_t Training::steps_per_epoch() const { return steps_of_an_epoch(options_, data_.train.size()); }

float Training::learning_rate() const {
  const int before = state_.phase == 0 ? 0 : options_.warmup_epochs;
  const int behind = two_phases() && state_.phase == 0 ? options_.warmup_epochs : options_.epochs;
  const PhasePlace at{.step = state_.step - state_.phase_start,
                      .steps = (behind - before) * steps_per_epoch(),
                      .steps_per_epoch = steps_per_epoch()};
  double rate = options_.learning_rate;
  if (state_.phase > 0) rate = options_.finetune_lr > 0 ? options_.finetune_lr : rate / 10;
  return float(rate * state_.rate_scale * rate_factor(schedule_, options_.warmup_steps, at));
}

// ---- epochs ----------------------------------------------------------------------------------------------------

// The next batch of the stream that the passes over the images make; false at the end of a pass where epochs are
// passes.
bool Training::next_batch(FeedBatch& batch) {
  while (!stage_->train().next(batch)) {
    if (!options_.steps_per_epoch) return false;
    ++state_.pass, state_.position = 0;
    stage_->train().start(shuffled(int(data_.train.size()), options_.seed, uint64_t(state_.pass)), 0, state_.pass);
  }
  return true;
}

bool Training::train_epoch() {
  const int64_t steps = steps_per_epoch();
  Feed& feed = stage_->train();
  // The line of the epoch before says that it begins: the first of its own comes when it is a long one.
  Progress progress(fmt::format("epoch {}/{}", state_.epoch, options_.epochs), steps,
                    {.unit = "steps", .first = state_.step_in_epoch, .first_line = 1e9});
  const double waited = feed.waited_seconds();
  const int64_t seen_before = state_.seen;
  feed.start(shuffled(int(data_.train.size()), options_.seed, uint64_t(state_.pass)), state_.position, state_.pass);
  for (FeedBatch batch; state_.step_in_epoch < steps && next_batch(batch);) {
    StepSeen seen{.epoch = state_.epoch,
                  .step = state_.step + 1,
                  .step_in_epoch = state_.step_in_epoch + 1,
                  .steps = steps,
                  .learning_rate = learning_rate()};
    const auto before_update = [&](const StepResult& now) {
      seen.loss = now.loss_sum / now.weight;
      seen.accuracy = double(now.correct) / double(batch.labels.size());
      for (TrainingObserver* o : observers_) o->before_update(seen);
    };
    const StepResult r =
        train_step(model_, *optimizer_, batch, feed, options_, state_.step, learning_rate(), before_update);
    for (TrainingObserver* o : observers_) o->on_step(seen);
    state_.loss_sum += r.loss_sum, state_.loss_weight += r.weight;
    state_.correct += r.correct, state_.seen += int64_t(batch.labels.size());
    state_.position = batch.next, ++state_.step, ++state_.step_in_epoch;
    if (options_.log_steps) {
      const double accuracy = double(r.correct) / double(batch.samples.size());
      log_.add({state_.step, state_.epoch, r.loss_sum / r.weight, accuracy}, data_.train, batch.samples);
    }
    progress.update(state_.step_in_epoch,
                    fmt::format("loss {:.4f}  accuracy {:.4f}  {:.0f} % waiting for data",
                                state_.loss_sum / state_.loss_weight, double(state_.correct) / double(state_.seen),
                                100 * (feed.waited_seconds() - waited) / progress.seconds()));
    if (interrupted()) return false;
    if (state_.step_in_epoch < steps && save_is_due()) save();
  }
  if (!options_.steps_per_epoch) ++state_.pass, state_.position = 0;

  const double seconds = progress.seconds(), new_images = double(state_.seen - seen_before);
  const double waited_share = (feed.waited_seconds() - waited) / seconds, rate = learning_rate();
  progress.end();
  finish_epoch();
  const EpochResult& e = state_.history.back();
  print_info("epoch {}/{}  loss {:.4f}  accuracy {:.4f}{}{}  {} ({:.0f} images/s, {:.0f} % waiting for data)\n",
             e.epoch, options_.epochs, e.train.loss, e.train.accuracy,
             e.val ? fmt::format("  val_loss {:.4f}  val_accuracy {:.4f}", e.val->loss, e.val->accuracy) : "",
             schedule_.kind == Schedule::constant ? "" : fmt::format("  lr {:.3g}", rate), human_time(seconds),
             new_images / seconds, 100 * waited_share);
  flush_output();
  const EpochSeen epoch_seen{e, options_.epochs, state_.step, seconds, new_images / seconds, float(rate)};
  for (TrainingObserver* o : observers_) o->on_epoch(epoch_seen);
  save();  // behind the observers: a run that is killed between the two tells them of this epoch again
  return true;
}

void Training::finish_epoch() {
  // The loss of a step is that of the weights before it: only this sees what the last step of an epoch did.
  stop_at_bad_weights(model_, state_.step);
  EpochResult e{state_.epoch,
                state_.step_in_epoch,
                {state_.loss_sum / state_.loss_weight, double(state_.correct) / double(state_.seen)},
                {}};
  if (!data_.val.empty()) {
    const Scores scores = score(validate(), model_.config().classes);
    e.val = Score{*scores[Overall::loss], *scores[Overall::accuracy]};
    stop_at_bad_validation(e.val->loss, state_.step);
    watch(*e.val);
  }
  state_.history.push_back(e);
  ++state_.epoch, state_.step_in_epoch = 0;
  state_.loss_sum = state_.loss_weight = 0, state_.correct = 0, state_.seen = 0;
  write_history(run_ / "history.csv", state_.history);
}

// Keeps the best weights, lowers the rate on a plateau, stops early: all by the same value, as Keras counts epochs.
void Training::watch(const Score& val) {
  const bool by_loss = options_.watched == "val_loss";
  const double value = by_loss ? val.loss : val.accuracy;
  if (state_.best_epoch == 0 || (by_loss ? value < state_.best_value : value > state_.best_value)) {
    state_.best_epoch = state_.epoch, state_.best_value = value, state_.since_best = state_.plateau = 0;
    const Tensor now = model_.parameters().trainable_values();
    if (!best_.defined()) best_ = Tensor::empty(device_, now.shape());
    best_.copy_from(now);
    return;
  }
  ++state_.since_best;
  if (schedule_.kind == Schedule::plateau && ++state_.plateau >= schedule_.patience)
    state_.plateau = 0, state_.rate_scale *= schedule_.factor;
  const bool last_phase = !two_phases() || state_.phase > 0;
  if (options_.patience > 0 && last_phase && state_.since_best >= options_.patience) state_.stopped_early = true;
}

void Training::swap_best() {
  const Tensor now = model_.parameters().trainable_values(), last = Tensor::empty(device_, now.shape());
  last.copy_from(now);
  now.copy_from(best_);
  best_ = last;
}

std::vector<Prediction> Training::validate() {
  stage_->fill_validation(observers_);
  Progress progress("validation", int64_t(data_.val.size()));
  return evaluate(model_, stage_->val(), int(data_.val.size()),
                  [&](int64_t done) { return progress.update(done), true; });
}

// ---- saving ----------------------------------------------------------------------------------------------------

bool Training::save_is_due() const {
  using Minutes = std::chrono::duration<double, std::ratio<60>>;
  const Minutes passed = std::chrono::steady_clock::now() - saved_;
  return (options_.checkpoint_steps > 0 && state_.step % options_.checkpoint_steps == 0) ||
         (options_.checkpoint_minutes > 0 && passed.count() >= options_.checkpoint_minutes);
}

void Training::save() {
  folder_.lock->require_held();
  if (options_.log_steps) log_.write();
  save_state(run_, state_, model_.parameters(), *optimizer_, best_);
  saved_ = std::chrono::steady_clock::now();
}

}  // namespace graft
