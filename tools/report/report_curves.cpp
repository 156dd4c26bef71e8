// Loss and accuracy over the epochs.
#include <algorithm>

#include "tools/report/report.h"
#include "tools/report/report_chart.h"

namespace graft {
namespace {

Chart chart(const Report& r, const char* title, double Score::*value) {
  Chart c{.title = title, .x_label = "epoch", .whole_x = true};
  c.series = {{"training (during the epoch)", {}, true}, {"validation (after the epoch)", {}, true}};
  double highest = 0;
  for (const EpochResult& e : r.history) {
    c.series[0].points.emplace_back(e.epoch, e.train.*value);
    highest = std::max(highest, e.train.*value);
    if (!e.val) continue;
    c.series[1].points.emplace_back(e.epoch, (*e.val).*value);
    highest = std::max(highest, (*e.val).*value);
  }
  if (c.series[1].points.empty()) c.series.pop_back();
  c.x_low = std::min(1, r.history.front().epoch), c.x_high = std::max(c.x_low + 1, double(r.history.back().epoch));
  c.y_high = value == &Score::accuracy || highest <= 0 ? 1 : highest * 1.05;
  return c;
}

// Training and validation loss are comparable only if training minimises the plain loss.
std::string about_losses(const RunConfig& run) {
  std::string what;
  if (run.options.loss.label_smoothing > 0) what = "with smoothed labels";
  if (!run.class_weights.empty()) what += std::string(what.empty() ? "" : " and ") + "with weighted classes";
  if (what.empty()) return {};
  return "The training loss is the one that was minimised, " + what +
         "; the validation loss is plain. Compare their trends, not their values.";
}

}  // namespace

Markup curves_section(const Report& r) {
  if (r.history.empty()) return {};
  Markup note;
  if (const std::string text = about_losses(r.config); !text.empty()) note = element("p", escaped(text));
  return element(
      "section",
      element("h2", "Training") + note +
          element("div", draw(chart(r, "Loss", &Score::loss)) + draw(chart(r, "Accuracy", &Score::accuracy)),
                  " class=\"charts\""));
}

}  // namespace graft
