#include "models/param_groups.h"

#include <algorithm>

#include "engine/base/key_values.h"
#include "engine/base/parse_number.h"

namespace graft {
namespace {

bool covers(std::string_view part, const Node& layer) { return part == layer.name || part == layer.block; }

}  // namespace

std::vector<LayerRate> parse_layer_rates(std::string_view text) {
  std::vector<LayerRate> rates;
  if (text.empty()) return rates;
  for (const KeyValue& rate : key_values(text)) {
    const auto factor = parse_number(rate.value.value_or(""), 0.f, 1e6f);
    if (!factor) fail(Fault::usage, "'{}' is not NAME=FACTOR, as in block5=0.1", rate.item);
    if (std::ranges::count(rates, rate.key, &LayerRate::part) > 0)
      fail(Fault::usage, "'{}' is given twice; keep one", rate.key);
    rates.push_back({std::string(rate.key), *factor});
  }
  return rates;
}

std::string to_string(const std::vector<LayerRate>& rates) {
  std::string text;
  for (const LayerRate& rate : rates)
    text += fmt::format("{}{}={}", text.empty() ? "" : ",", rate.part, rate.factor);
  return text;
}

std::vector<ParamGroup> param_groups(const Model& model, const std::vector<LayerRate>& rates, int64_t first_step) {
  std::vector<bool> used(rates.size());
  std::vector<ParamGroup> groups;
  int64_t end = 0;
  for (int i = 0; i < model.depth(); ++i) {
    const Node& layer = model.layers()[size_t(i)];
    if (!layer.trained()) continue;
    const bool in_head = layer.block == kHead;
    ParamGroup group{.begin = end, .size = layer.parameter_count(), .first_step = in_head ? 0 : first_step};
    for (size_t r = 0; r < rates.size(); ++r)
      if (covers(rates[r].part, layer)) group.lr_scale = rates[r].factor, used[r] = true;
    end += group.size;
    if (!groups.empty() && groups.back().lr_scale == group.lr_scale && groups.back().first_step == group.first_step)
      groups.back().size += group.size;
    else
      groups.push_back(group);
  }
  for (size_t r = 0; r < rates.size(); ++r)
    if (!used[r])
      fail(Fault::usage, "learning rate of '{}': it is not trainable; name a trainable block or layer, or head",
           rates[r].part);
  return groups;
}

}  // namespace graft
