#include "tools/train/trainer.h"

#include <algorithm>
#include <cmath>

#include "engine/base/printable.h"
#include "engine/base/rng.h"
#include "engine/metrics/scores.h"
#include "models/features/evaluate.h"
#include "models/find_nonfinite.h"
#include "models/param_groups.h"
#include "models/train_step.h"
#include "tools/run/fingerprint.h"
#include "tools/run/image_list.h"

namespace graft {

Trainer::Trainer(const RunConfig& config, const RunFolder& folder, Device& device, Model& model,
                 const Dataset& data, const Observers& observers)
    : config_(config),
      options_(config.options),
      folder_(folder),
      run_(folder.path),
      device_(device),
      model_(model),
      data_(data),
      observers_(observers) {
  state_.data_fingerprint = fingerprint(data.train, options_.data.folder);
  state_.val_fingerprint = fingerprint(data.val, options_.data.folder);
}

void Trainer::resume() {
  const std::string train = state_.data_fingerprint, val = state_.val_fingerprint;
  const SavedState saved = load_state(run_, observers_);
  state_ = saved.state;
  require_same_images(train, val);
  if (state_.position > int64_t(data_.train.size()) || state_.step_in_epoch > steps_per_epoch() ||
      (state_.phase > 0 && !two_phases()))
    fail(Fault::weights, "{}: its checkpoint belongs to a run with other images or options; restore it",
         printable(run_));
  begin_phase();
  restore(saved, model_.parameters(), *optimizer_, best_);
}

std::string Trainer::place() const {
  if (done()) return fmt::format("all {} epochs are done", state_.epoch - 1);
  return fmt::format("resumed in epoch {}, {} steps done", state_.epoch, state_.step);
}

// train, val: fingerprints of the current images.
void Trainer::require_same_images(const std::string& train, const std::string& val) const {
  if (state_.data_fingerprint == train && state_.val_fingerprint == val) return;
  const bool of_val = state_.data_fingerprint == train;
  const ListedSplit split = of_val ? ListedSplit{"val", data_.val} : ListedSplit{"train", data_.train};
  fail_of_other_images(run_, {options_.data.folder, options_.data.hide_names}, data_.classes, split);
}

// ---- phases ----------------------------------------------------------------------------------------------------

void Trainer::begin_phase() {
  if (two_phases()) {
    model_.set_trainable(state_.phase == 0 ? TrainableFrom() : options_.model.unfreeze);
    model_.allocate(device_);
  }
  optimizer_ = make_optimizer(options_.optimizer, model_.parameters());
  // In the first of two phases only the head is trained, so learning rate factors apply from the second.
  if (!two_phases() || state_.phase > 0)
    optimizer_->set_groups(param_groups(model_, options_.schedule.layer_rates, state_.phase_start));
  phase_ = std::make_unique<PhaseData>(config_, device_, model_, data_, observers_);
}

void Trainer::next_phase() {
  phase_.reset();
  const std::unique_ptr<Optimizer> before = std::move(optimizer_);
  ++state_.phase, state_.phase_start = state_.step;
  state_.since_best = state_.plateau = 0, state_.rate_scale = 1;
  begin_phase();
  optimizer_->continue_from(*before);
  if (!best_.defined()) return;
  const Tensor now = model_.parameters().trainable_values(), best = Tensor::empty(device_, now.shape());
  best.copy_from(now);  // newly trained layers had these values at the best epoch, too
  best.view(best.size() - best_.size(), {best_.size()}).copy_from(best_);
  best_ = best;
}

bool Trainer::train() {
  if (!phase_) begin_phase();
  for (bool entered = false; !done(); entered = true) {
    const bool phase_ends = two_phases() && state_.phase == 0 && state_.epoch > options_.schedule.warmup_epochs;
    if (phase_ends) next_phase();
    if (two_phases() && (phase_ends || !entered))
      observers_.info(
          "phase {} of 2: {}, learning rate {:g}", state_.phase + 1,
          state_.phase == 0 ? "the head" : fmt::format("the head and {}", to_string(options_.model.unfreeze)),
          learning_rate());
    if ((phase_ends || !entered) && !phase_->fill_caches()) return save(), false;
    if (!train_epoch()) return save(), false;
  }
  if (state_.stopped_early)
    observers_.info("stopped early: {} has not improved for {} epochs", name(options_.schedule.monitor),
                    options_.schedule.patience);
  release_memory();
  return true;
}

// Saving and testing the model do not need the memory of training.
void Trainer::release_memory() {
  for (const auto& [name, tensor] : optimizer_->state()) tensor.zero();  // on the CPU, zeroed pages take no memory
  model_.parameters().grads().zero();
  optimizer_.reset();
  phase_->train().release_cache();
}

int64_t Trainer::steps_per_epoch() const { return steps_of_an_epoch(options_.schedule, data_.train.size()); }

float Trainer::learning_rate() const {
  const ScheduleOptions& s = options_.schedule;
  const int before = state_.phase == 0 ? 0 : s.warmup_epochs;
  const int after = two_phases() && state_.phase == 0 ? s.warmup_epochs : s.epochs;
  const PhasePlace at{.step = state_.step - state_.phase_start,
                      .steps = (after - before) * steps_per_epoch(),
                      .steps_per_epoch = steps_per_epoch()};
  const double rate = state_.phase > 0 ? s.second_rate() : double(s.learning_rate);
  return float(rate * state_.rate_scale * rate_factor(s.shape, s.warmup_steps, at));
}

// ---- epochs ----------------------------------------------------------------------------------------------------

// Gets the next batch of the stream of passes over the images; returns false at the end of a pass if epochs are
// passes.
bool Trainer::next_batch(FeatureBatch& batch) {
  while (!phase_->train().next(batch)) {
    if (!options_.schedule.steps_per_epoch) return false;
    ++state_.pass, state_.position = 0;
    phase_->train().start(shuffled(int(data_.train.size()), options_.run.seed, uint64_t(state_.pass)), 0,
                          state_.pass);
  }
  return true;
}

bool Trainer::train_epoch() {
  const int64_t steps = steps_per_epoch();
  FeatureBatches& batches = phase_->train();
  Progress progress(observers_, {.task = fmt::format("epoch {}/{}", state_.epoch, options_.schedule.epochs),
                                 .total = steps,
                                 .unit = "steps",
                                 .first = state_.step_in_epoch,
                                 .frequent = true});
  const double waited = batches.waited_seconds();
  const int64_t seen_before = state_.seen;
  batches.start(shuffled(int(data_.train.size()), options_.run.seed, uint64_t(state_.pass)), state_.position,
                state_.pass);
  for (FeatureBatch batch; state_.step_in_epoch < steps && next_batch(batch);) {
    StepEvent event{.epoch = state_.epoch,
                    .step = state_.step + 1,
                    .step_in_epoch = state_.step_in_epoch + 1,
                    .steps = steps,
                    .learning_rate = learning_rate(),
                    .samples = batch.samples};
    const auto before_update = [&](const StepResult& now) {
      event.loss = now.loss_sum / now.weight;
      event.accuracy = double(now.correct) / double(batch.labels.size());
      for (Observer* o : observers_.all()) o->before_update(event);
    };
    const StepSettings settings{.seed = options_.run.seed,
                                .step = state_.step,
                                .learning_rate = learning_rate(),
                                .loss = {options_.loss.label_smoothing, config_.class_weights}};
    const StepResult r = train_step(model_, *optimizer_, {batch.x, batch.labels, batches.first_layer()}, settings,
                                    {[&] { batches.prefetch(); }, before_update});
    for (Observer* o : observers_.all()) o->on_step(event);
    state_.loss_sum += r.loss_sum, state_.loss_weight += r.weight;
    state_.correct += r.correct, state_.seen += int64_t(batch.labels.size());
    state_.position = batch.next_position, ++state_.step, ++state_.step_in_epoch;
    progress.update(state_.step_in_epoch,
                    fmt::format("loss {:.4f}  accuracy {:.4f}  {:.0f} % waiting for data",
                                state_.loss_sum / state_.loss_weight, double(state_.correct) / double(state_.seen),
                                100 * (batches.waited_seconds() - waited) / progress.seconds()));
    if (observers_.stopped()) return false;
    if (state_.step_in_epoch < steps && save_is_due()) save();
  }
  if (!options_.schedule.steps_per_epoch) ++state_.pass, state_.position = 0;

  const double seconds = progress.seconds(), new_images = double(state_.seen - seen_before);
  const double waited_share = (batches.waited_seconds() - waited) / seconds, rate = learning_rate();
  progress.end();
  finish_epoch();
  const EpochEvent event{.result = state_.history.back(),
                         .epochs = options_.schedule.epochs,
                         .step = state_.step,
                         .seconds = seconds,
                         .images_per_second = new_images / seconds,
                         .waiting = waited_share,
                         .learning_rate = float(rate),
                         .rate_changes = options_.schedule.shape.kind != Schedule::constant};
  for (Observer* o : observers_.all()) o->on_epoch(event);
  save();  // after the observers: a run killed in between reports this epoch to them again
  return true;
}

void Trainer::finish_epoch() {
  // The loss of a step is computed before its update, so only this check sees the update of the last step of an epoch.
  stop_at_bad_weights(model_, state_.step);
  EpochResult e{state_.epoch,
                state_.step_in_epoch,
                {state_.loss_sum / state_.loss_weight, double(state_.correct) / double(state_.seen)},
                {}};
  if (!data_.val.empty()) {
    const Scores scores = score(validate(), model_.config().classes);
    e.val = Score{*scores[Overall::loss], *scores[Overall::accuracy]};
    stop_at_bad_validation(e.val->loss, state_.step);
    update_best(*e.val);
  }
  state_.history.push_back(e);
  ++state_.epoch, state_.step_in_epoch = 0;
  state_.loss_sum = state_.loss_weight = 0, state_.correct = 0, state_.seen = 0;
  write_history(run_ / "history.csv", state_.history);
}

// Keeps the best weights, reduces the rate on a plateau and stops
// early, all by the same metric, counting epochs as Keras does.
void Trainer::update_best(const Score& val) {
  const bool by_loss = options_.schedule.monitor == Monitor::val_loss;
  const double value = by_loss ? val.loss : val.accuracy;
  if (state_.best_epoch == 0 || (by_loss ? value < state_.best_value : value > state_.best_value)) {
    state_.best_epoch = state_.epoch, state_.best_value = value, state_.since_best = state_.plateau = 0;
    const Tensor now = model_.parameters().trainable_values();
    if (!best_.defined()) best_ = Tensor::empty(device_, now.shape());
    best_.copy_from(now);
    return;
  }
  ++state_.since_best;
  if (options_.schedule.shape.kind == Schedule::plateau && ++state_.plateau >= options_.schedule.shape.patience)
    state_.plateau = 0, state_.rate_scale *= options_.schedule.shape.factor;
  const bool last_phase = !two_phases() || state_.phase > 0;
  if (options_.schedule.patience > 0 && last_phase && state_.since_best >= options_.schedule.patience)
    state_.stopped_early = true;
}

void Trainer::swap_best() {
  const Tensor now = model_.parameters().trainable_values(), last = Tensor::empty(device_, now.shape());
  last.copy_from(now);
  now.copy_from(best_);
  best_ = last;
}

std::vector<Prediction> Trainer::validate() {
  phase_->fill_validation();
  Progress progress(observers_, {.task = "validation", .total = int64_t(data_.val.size())});
  return evaluate(model_, phase_->val(), int(data_.val.size()),
                  [&](int64_t done) { return progress.update(done), true; });
}

// ---- saving ----------------------------------------------------------------------------------------------------

bool Trainer::save_is_due() const {
  using Minutes = std::chrono::duration<double, std::ratio<60>>;
  const Minutes passed = std::chrono::steady_clock::now() - saved_;
  return (options_.run.checkpoint_steps > 0 && state_.step % options_.run.checkpoint_steps == 0) ||
         (options_.run.checkpoint_minutes > 0 && passed.count() >= options_.run.checkpoint_minutes);
}

void Trainer::save() {
  folder_.lock->require_held();
  for (Observer* o : observers_.all()) o->before_save();
  save_state(run_, state_, model_.parameters(), *optimizer_, best_);
  saved_ = std::chrono::steady_clock::now();
}

}  // namespace graft
