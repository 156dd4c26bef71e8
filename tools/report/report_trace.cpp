// Layer statistics of a traced run: drift and updates by epoch, and all statistics after the last epoch.
#include <fmt/core.h>

#include <algorithm>
#include <map>

#include "tools/report/report.h"
#include "tools/report/report_chart.h"

namespace graft {
namespace {

constexpr size_t kCurves = 8;  // one per colour; the layers nearest to the output

using Value = std::optional<double> LayerTrace::*;

Chart chart(const std::vector<LayerTrace>& trace, const char* title, Value value) {
  Chart c{.title = title, .x_label = "epoch", .whole_x = true};
  std::map<std::string, size_t> place;
  double highest = 0;
  for (const LayerTrace& row : trace) {
    if (!row.trained || !(row.*value)) continue;
    if (place.try_emplace(row.layer, c.series.size()).second) c.series.push_back({row.layer, {}, true});
    c.series[place[row.layer]].points.emplace_back(row.epoch, *(row.*value));
    highest = std::max(highest, *(row.*value));
  }
  if (c.series.size() > kCurves) c.series.erase(c.series.begin(), c.series.end() - kCurves);
  c.x_low = 1, c.x_high = std::max(2.0, double(trace.back().epoch));
  c.y_high = highest > 0 ? highest * 1.05 : 1;
  return c;
}

Markup cell(const std::optional<double>& value) {
  return element("td", escaped(value ? fmt::format("{:.3g}", *value) : "\u2013"), " class=\"n\"");
}

// The last row of each layer; for layers that are not trained, that of epoch 0.
Markup last_table(const std::vector<LayerTrace>& trace) {
  std::vector<const LayerTrace*> last;
  for (const LayerTrace& row : trace) {
    if (!row.outputs) continue;
    const auto same = [&](const LayerTrace* seen) { return seen->layer == row.layer; };
    if (const auto found = std::find_if(last.begin(), last.end(), same); found != last.end())
      *found = &row;
    else
      last.push_back(&row);
  }
  Markup head = "<th scope=\"col\">layer</th>", body;
  for (const char* title : {"outputs: mean", "std", "zeros", "dead units", "gradient", "update", "drift"})
    head += element("th", escaped(title), " scope=\"col\" class=\"n\"");
  for (const LayerTrace* row : last) {
    const Moments& o = *row->outputs;
    Markup cells = element("th", escaped(row->layer), " scope=\"row\"") + cell(o.mean) + cell(o.deviation);
    cells += cell(o.zeros) + element("td", escaped(fmt::format("{} of {}", row->dead, row->units)), " class=\"n\"");
    cells += cell(row->gradient ? std::optional(row->gradient->norm) : std::nullopt);
    body += element("tr", cells + cell(row->update) + cell(row->drift));
  }
  return element("div", element("table", element("thead", element("tr", head)) + element("tbody", body)),
                 " class=\"scroll\"");
}

}  // namespace

Markup trace_section(const Report& r) {
  if (r.trace.empty()) return {};
  Markup section = element("h2", "Inside the layers");
  section += element(
      "p",
      "Measured on a few training images with the weights at the end of each epoch. Drift is the distance of a "
      "layer\u2019s weights from their starting values, update the change by the last step of an epoch, both "
      "relative to the norm of the weights; an update of about 0.001 is usual. A dead unit is zero on all of these "
      "images.");
  const Chart drift = chart(r.trace, "Drift from the starting weights", &LayerTrace::drift);
  if (!drift.series.empty())
    section += element("div", draw(drift) + draw(chart(r.trace, "Update-to-weight ratio", &LayerTrace::update)),
                       " class=\"charts\"");
  section += element("h3", "After the last epoch") + last_table(r.trace);
  return element("section", section + element("p", "trace.csv has every epoch and more columns."));
}

}  // namespace graft
