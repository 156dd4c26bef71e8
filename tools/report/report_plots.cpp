// ROC curves and the reliability diagram of the test set.
#include <fmt/core.h>

#include "tools/report/report.h"
#include "tools/report/report_chart.h"

namespace graft {
namespace {

constexpr size_t kCurves = 8;  // more would be indistinguishable

Chart roc(const Report& r) {
  const Evaluation& m = *r.evaluation;
  Chart c{.title = "ROC: one class against the others",
          .x_label = "false positive rate (1 - specificity)",
          .y_label = "true positive rate (sensitivity)",
          .diagonal = true};
  for (size_t i = 0; i < std::min(m.classes.size(), kCurves); ++i) {
    std::vector<Prediction> predictions;
    for (const NamedPrediction& p : r.predictions) predictions.push_back(p.prediction);
    const auto& area = m.scores.at(i, PerClass::auroc);
    Series s{.name = m.classes[i] + (area ? fmt::format(": {:.3f}", *area) : ": undefined")};
    for (const RocPoint& p : roc_curve(predictions, int(i)))
      s.points.emplace_back(p.false_positive_rate, p.true_positive_rate);
    c.series.push_back(std::move(s));
  }
  return c;
}

Chart reliability_chart(const Evaluation& m) {
  Chart c{.title = "Reliability: are the probabilities calibrated?",
          .x_label = "confidence (largest probability, mean per bin)",
          .y_label = "accuracy",
          .diagonal = true};
  Series s{.name = fmt::format("non-empty bins, of {}", m.reliability.size()), .points = {}, .marks = true};
  for (const ReliabilityBin& bin : m.reliability)
    if (bin.count) s.points.emplace_back(bin.confidence, bin.accuracy);
  c.series.push_back(std::move(s));
  return c;
}

Markup bins_table(const Evaluation& m) {
  Markup rows;
  for (size_t i = 0; i < m.reliability.size(); ++i) {
    const ReliabilityBin& bin = m.reliability[i];
    if (!bin.count) continue;
    const double n = double(m.reliability.size());
    Markup row =
        element("th", escaped(fmt::format("{:.2f} to {:.2f}", double(i) / n, double(i + 1) / n)), " scope=\"row\"");
    for (const std::string& value :
         {std::to_string(bin.count), fmt::format("{:.3f}", bin.confidence), fmt::format("{:.3f}", bin.accuracy)})
      row += element("td", escaped(value), " class=\"n\"");
    rows += element("tr", row);
  }
  const Markup head =
      "<thead><tr><th scope=\"col\">confidence</th><th scope=\"col\" class=\"n\">images</th><th scope=\"col\" "
      "class=\"n\">mean confidence</th><th scope=\"col\" class=\"n\">accuracy</th></tr></thead>";
  return element("details",
                 element("summary", "The bins in numbers") +
                     element("div", element("table", head + element("tbody", rows)), " class=\"scroll\""));
}

}  // namespace

Markup plots_section(const Report& r) {
  if (!r.evaluation || r.evaluation->images == 0) return {};
  Markup section = element("h2", "Ranking and calibration");
  section += element("div", draw(roc(r)) + draw(reliability_chart(*r.evaluation)), " class=\"charts\"");
  if (r.evaluation->classes.size() > kCurves)
    section +=
        element("p", escaped(fmt::format("Only the ROC curves of the first {} classes are drawn.", kCurves)));
  return element("section", section + bins_table(*r.evaluation));
}

}  // namespace graft
