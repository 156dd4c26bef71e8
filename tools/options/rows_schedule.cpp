// Schedule options: epochs, stopping, learning rates.
#include "tools/options/rows.h"
#include "tools/options/values.h"

namespace graft {
namespace {

std::string no_validation(const RunFacts& run, const char* why) { return run.validation ? "" : why; }

const char* monitored(const TrainConfig& c) {
  return c.schedule.monitor == Monitor::val_loss ? "validation loss" : "validation accuracy";
}

std::string shape_text(const TrainConfig& c) {
  const Schedule& s = c.schedule.shape;
  const char* const each = c.schedule.warmup_epochs > 0 ? " (in each phase)" : "";
  switch (s.kind) {
    case Schedule::cosine:
      return fmt::format(", cosine decay to {:g} of it{}", s.floor, each);
    case Schedule::step:
      return fmt::format(", times {:g} every {} epochs{}", s.factor, s.every, each);
    case Schedule::plateau:
      return fmt::format(", times {:g} after {} epochs without a better {}{}", s.factor, s.patience, monitored(c),
                         each);
    case Schedule::constant:
      break;
  }
  return "";
}

std::vector<Option> length_rows(const std::string& group) {
  return {
      {.flag = "--epochs",
       .field = "epochs",
       .group = group,
       .help = "number of epochs",
       .value = number(FIELD(schedule.epochs), 1, 1000000),
       .may_change = true},
      {.flag = "--steps-per-epoch",
       .field = "steps_per_epoch",
       .group = group,
       .help = "batches per epoch, from an endless reshuffled stream (0: an epoch is one pass over the images)",
       .value = number(FIELD(schedule.steps_per_epoch), 0, 1000000000)},
      {.flag = "--batch",
       .field = "batch",
       .group = group,
       .help = "batch size",
       .value = number(FIELD(schedule.batch), 1, 65536)},
      {.flag = "--warmup-epochs",
       .field = "warmup_epochs",
       .group = group,
       .help = "train only the head for N epochs first; then train what --unfreeze names at --finetune-lr",
       .value = number(FIELD(schedule.warmup_epochs), 0, 1000000)},
      {.flag = "--patience",
       .field = "patience",
       .group = group,
       .help = "early stopping: stop when --monitor has not improved for N epochs of the last phase (0: off)",
       .value = number(FIELD(schedule.patience), 0, 1000000),
       .heading = "Stops early",
       .report =
           [](const TrainConfig& c) {
             const int patience = c.schedule.patience;
             if (patience == 0) return std::string();
             return fmt::format("when the {} has not improved for {} epoch{}{}", monitored(c), patience,
                                patience == 1 ? "" : "s",
                                c.schedule.warmup_epochs > 0 ? " of the second phase" : "");
           }},
      {.flag = "--monitor",
       .field = "monitor",
       .group = group,
       .help = "val_loss or val_accuracy: decides on the best epoch, early stopping and plateaus",
       .value = one_of(FIELD(schedule.monitor),
                       {{"val_loss", Monitor::val_loss}, {"val_accuracy", Monitor::val_accuracy}}),
       .idle =
           [](const TrainConfig&, const RunFacts& run) {
             return no_validation(run, "it is a metric of the validation images, and there are none");
           }},
      {.flag = "--keep",
       .field = "keep",
       .group = group,
       .help = "which epoch model.h5 holds if there are validation images: best (last.h5 holds the last), or last "
               "(best.h5 holds the best)",
       .value = one_of(FIELD(schedule.keep), {{"best", KeptEpoch::best}, {"last", KeptEpoch::last}}),
       .idle =
           [](const TrainConfig& c, const RunFacts& run) {
             return c.schedule.keep == KeptEpoch::last
                        ? ""
                        : no_validation(run, "validation images decide which epoch is best, and there are none");
           }},
  };
}

std::vector<Option> rate_rows(const std::string& group) {
  return {
      {.flag = "--lr",
       .field = "learning_rate",
       .group = group,
       .help = "learning rate",
       .value = number(FIELD(schedule.learning_rate), 0.f, 1e38f),
       .heading = "Learning rate",
       .report = [](const TrainConfig& c) { return fmt::format("{:g}", c.schedule.learning_rate); }},
      {.flag = "--finetune-lr",
       .field = "finetune_lr",
       .group = group,
       .help = "learning rate of the second phase (above 0; default: a tenth of --lr)",
       .value = number(FIELD(schedule.finetune_rate), 0.f, 1e38f),
       .shows_default = false,
       .idle = [](const TrainConfig& c, const RunFacts&) -> std::string {
         return c.schedule.warmup_epochs > 0
                    ? ""
                    : "it is the rate of the second phase, and without --warmup-epochs there is none";
       },
       .heading = "Learning rate",
       .report =
           [](const TrainConfig& c) {
             return c.schedule.warmup_epochs > 0
                        ? fmt::format(", in the second phase {:g}", c.schedule.second_rate())
                        : "";
           }},
      {.flag = "--schedule",
       .field = "schedule",
       .group = group,
       .help = "learning rate schedule: constant, cosine[:floor=0], step[:every=10,factor=0.1] (epochs) or "
               "plateau[:patience=3,factor=0.1]",
       .value =
           parsed("SCHEDULE", FIELD(schedule.shape), parse_schedule, [](const Schedule& s) { return describe(s); }),
       .heading = "Learning rate",
       .report = shape_text},
      {.flag = "--warmup-steps",
       .field = "warmup_steps",
       .group = group,
       .help = "steps of linear learning rate warm-up at the start of each phase",
       .value = number(FIELD(schedule.warmup_steps), 0, 1000000000),
       .heading = "Learning rate",
       .report =
           [](const TrainConfig& c) {
             const int steps = c.schedule.warmup_steps;
             return steps == 0 ? ""
                               : fmt::format(", rising over the first {} steps{}", steps,
                                             c.schedule.warmup_epochs > 0 ? " (in each phase)" : "");
           }},
      {.flag = "--lr-mult",
       .field = "lr_mult",
       .group = group,
       .help = "learning rate factors, times --lr, by block, head or layer: block5=0.1,block4=0.01,head=1",
       .value = parsed("PART=FACTOR", FIELD(schedule.layer_rates), parse_layer_rates,
                       [](const std::vector<LayerRate>& rates) { return to_string(rates); }),
       .shows_default = false,
       .heading = "Learning rate",
       .report =
           [](const TrainConfig& c) {
             const auto& rates = c.schedule.layer_rates;
             return rates.empty() ? ""
                                  : fmt::format("; factors {}{}", to_string(rates),
                                                c.schedule.warmup_epochs > 0 ? " (from the second phase on)" : "");
           }},
  };
}

}  // namespace

std::vector<Option> schedule_rows() {
  std::vector<Option> rows = length_rows("Training");
  for (Option& row : rate_rows("Schedule")) rows.push_back(std::move(row));
  return rows;
}

}  // namespace graft
