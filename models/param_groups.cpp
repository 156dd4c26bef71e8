#include "models/param_groups.h"

#include <algorithm>
#include <charconv>

namespace graft {
namespace {

LayerRate parse_layer_rate(std::string_view item) {
  const size_t equal = item.find('=');
  float factor = 0;
  if (equal != item.npos) {
    const char* const end = item.data() + item.size();
    const auto [stop, error] = std::from_chars(item.data() + equal + 1, end, factor);
    if (error == std::errc() && stop == end && factor >= 0 && factor <= 1e6f)
      return {std::string(item.substr(0, equal)), factor};
  }
  fail(Fault::usage, "'{}' is not NAME=FACTOR, as in block5=0.1", item);
}

bool covers(std::string_view part, const Layer& layer, bool in_head) {
  return part == layer.name || (in_head ? part == "head" : layer.name.starts_with(std::string(part) + "_"));
}

}  // namespace

std::vector<LayerRate> parse_layer_rates(std::string_view text) {
  std::vector<LayerRate> rates;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find(',', begin), text.size());
    LayerRate rate = parse_layer_rate(text.substr(begin, end - begin));
    if (std::ranges::count(rates, rate.part, &LayerRate::part) > 0)
      fail(Fault::usage, "'{}' is there twice; keep one", rate.part);
    rates.push_back(std::move(rate));
    begin = end + 1;
  }
  return rates;
}

std::string to_string(const std::vector<LayerRate>& rates) {
  std::string text;
  for (const LayerRate& rate : rates)
    text += fmt::format("{}{}={}", text.empty() ? "" : ",", rate.part, rate.factor);
  return text;
}

std::vector<LearningGroup> learning_groups(const Vgg& model, const std::vector<LayerRate>& rates,
                                           int64_t first_step) {
  std::vector<bool> used(rates.size());
  std::vector<LearningGroup> groups;
  int64_t end = 0;
  for (int i = 0; i < model.depth(); ++i) {
    const Layer& layer = model.layers()[i];
    if (!layer.trained()) continue;
    const bool in_head = i >= model.trunk_end() - 1;
    LearningGroup group{.begin = end, .size = layer.parameter_count(), .born = in_head ? 0 : first_step};
    for (size_t r = 0; r < rates.size(); ++r)
      if (covers(rates[r].part, layer, in_head)) group.rate = rates[r].factor, used[r] = true;
    end += group.size;
    if (!groups.empty() && groups.back().rate == group.rate && groups.back().born == group.born)
      groups.back().size += group.size;
    else
      groups.push_back(group);
  }
  for (size_t r = 0; r < rates.size(); ++r)
    if (!used[r])
      fail(Fault::usage, "the learning rates of parts: no '{}' trains; name blocks or layers that do, or head",
           rates[r].part);
  return groups;
}

}  // namespace graft
