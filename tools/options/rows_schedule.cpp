// How long a training goes on, and at what rates.
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
      return fmt::format(", falling to {:g} of it along a cosine{}", s.floor, each);
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
       .help = "epochs",
       .value = number(FIELD(schedule.epochs), 1, 1000000),
       .may_change = true},
      {.flag = "--steps-per-epoch",
       .field = "steps_per_epoch",
       .group = group,
       .help = "batches in an epoch, from an endless reshuffled stream (0: one pass over the images)",
       .value = number(FIELD(schedule.steps_per_epoch), 0, 1000000000)},
      {.flag = "--batch",
       .field = "batch",
       .group = group,
       .help = "images in a batch",
       .value = number(FIELD(schedule.batch), 1, 65536)},
      {.flag = "--warmup-epochs",
       .field = "warmup_epochs",
       .group = group,
       .help = "a first phase of N epochs trains the head alone; then what --unfreeze says trains at --finetune-lr",
       .value = number(FIELD(schedule.warmup_epochs), 0, 1000000)},
      {.flag = "--patience",
       .field = "patience",
       .group = group,
       .help = "stop when what --monitor says has not improved for N epochs (0: never; in the last phase)",
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
       .help = "val_loss or val_accuracy: decides the best epoch, --patience and plateau",
       .value = one_of(FIELD(schedule.monitor),
                       {{"val_loss", Monitor::val_loss}, {"val_accuracy", Monitor::val_accuracy}}),
       .idle =
           [](const TrainConfig&, const RunFacts& run) {
             return no_validation(run, "it is a score of validation images, and there are none");
           }},
      {.flag = "--keep",
       .field = "keep",
       .group = group,
       .help = "which epoch model.h5 has where there are validation images: best (last.h5 has the last), or last "
               "(best.h5 has the best)",
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
                    : "it is the rate of a second phase, and no --warmup-epochs says how long the first is";
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
       .help = "of the learning rate: constant, cosine[:floor=0], step[:every=10,factor=0.1] (epochs) or "
               "plateau[:patience=3,factor=0.1]",
       .value =
           parsed("SCHEDULE", FIELD(schedule.shape), parse_schedule, [](const Schedule& s) { return describe(s); }),
       .heading = "Learning rate",
       .report = shape_text},
      {.flag = "--warmup-steps",
       .field = "warmup_steps",
       .group = group,
       .help = "steps over which the rate rises, at the start of each phase",
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
       .help = "learning rates of parts, times --lr: block5=0.1,block4=0.01,head=1, or names of layers",
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
