// Loss and accuracy over the epochs.
#include <algorithm>

#include "tools/report.h"
#include "tools/report_chart.h"

namespace graft {
namespace {

Chart chart(const Report& r, const char* title, double Score::*value) {
  Chart c{.title = title, .x_label = "epoch", .whole_x = true};
  c.series = {{"training (during the epoch)", {}, true}, {"validation (at its end)", {}, true}};
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

}  // namespace

Markup curves_section(const Report& r) {
  if (r.history.empty()) return {};
  return element("section", element("h2", "Training") + element("div",
                                                                draw(chart(r, "Loss", &Score::loss)) +
                                                                    draw(chart(r, "Accuracy", &Score::accuracy)),
                                                                " class=\"charts\""));
}

}  // namespace graft
