#include <algorithm>

#include "tools/options/option.h"
#include "tools/options/rows.h"
#include "tools/options/values.h"

namespace graft {

const std::vector<Option>& train_options() {
  static const std::vector<Option> all = [] {
    std::vector<Option> rows;
    for (const auto part : {run_rows, model_rows, data_rows, training_rows, schedule_rows, cache_rows})
      std::ranges::move(part(), std::back_inserter(rows));
    return rows;
  }();
  return all;
}

const Option& find_option(std::string_view flag) {
  const auto& all = train_options();
  const auto found = std::ranges::find(all, flag, &Option::flag);
  require(found != all.end(), "no option {}", flag);
  return *found;
}

void apply(const Option& option, TrainConfig& config, const std::string& text) {
  try {
    option.value.parse(config, text);
  } catch (const Error& e) {
    if (e.fault() != Fault::usage) throw;
    fail(Fault::usage, e.advice(), "{} {}: {}", option.flag, text, e.what());
  }
}

void check_combination(const TrainConfig& c) {
  if (c.data.augment_views > 0 && !c.data.augment.random()) {
    std::vector<std::string> random = augment_names();
    std::erase_if(random, [](const std::string& name) { return !parse_augment(name).random(); });
    fail(Fault::usage, "--augment-views caches augmented views: it needs a random --augment ({})",
         fmt::join(random, ", "));
  }
  const ScheduleOptions& s = c.schedule;
  if (s.warmup_epochs > 0 && c.model.unfreeze.kind == TrainableFrom::Kind::none)
    fail(Fault::usage,
         "--warmup-epochs trains the head first and then more layers: name them with --unfreeze (block5, all)");
  if (s.warmup_epochs >= s.epochs)
    fail(Fault::usage, "--warmup-epochs {}: leaves no epoch of {} for the second phase; ask for more --epochs",
         s.warmup_epochs, s.epochs);
}

}  // namespace graft
