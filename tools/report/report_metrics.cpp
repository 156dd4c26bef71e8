// The metrics of the test set with intervals, by class, the confusion matrix, thresholds and calibration.
#include <fmt/core.h>

#include <algorithm>
#include <numeric>

#include "tools/report/report.h"

namespace graft {
namespace {

Markup scroll(const Markup& table) { return element("div", table, " class=\"scroll\""); }

Markup head_row(std::initializer_list<Markup> names) {
  Markup row;
  bool first = true;
  for (const Markup& name : names) {
    row += element("th", name, first ? Markup(" scope=\"col\"") : Markup(" scope=\"col\" class=\"n\""));
    first = false;
  }
  return element("thead", element("tr", row));
}

// A value with its interval below it.
Markup cell(const std::optional<double>& value, const std::optional<Interval>& interval, const char* undefined) {
  if (!value) return element("td", element("span", "undefined", attribute("title", undefined)), " class=\"n\"");
  Markup inside = escaped(fmt::format("{:.3f}", *value));
  if (interval)
    inside +=
        element("span", escaped(fmt::format("{:.3f} to {:.3f}", interval->low, interval->high)), " class=\"ci\"");
  return element("td", inside, " class=\"n\"");
}

Markup overall_table(const Evaluation& m) {
  Markup rows;
  for (int i = 0; i < kOveralls; ++i) {
    const MetricText& t = text(Overall(i));
    const auto& value = m.scores[Overall(i)];
    Markup name = escaped(t.title);
    if (const char* why = value ? t.no_interval : t.undefined)
      name += element("span", escaped(why), " class=\"why\"");
    rows +=
        element("tr", element("th", name, " scope=\"row\"") + cell(value, m.intervals[Overall(i)], t.undefined));
  }
  return scroll(element("table", head_row({"metric", "value"}) + element("tbody", rows)));
}

Markup class_table(const Evaluation& m) {
  Markup rows;
  for (size_t c = 0; c < m.classes.size(); ++c) {
    const int64_t images = std::accumulate(m.confusion[c].begin(), m.confusion[c].end(), int64_t{0});
    Markup row = element("th", isolated(m.classes[c]), " scope=\"row\"");
    row += element("td", escaped(std::to_string(images)), " class=\"n\"");
    for (const PerClass p : {PerClass::recall, PerClass::specificity, PerClass::precision, PerClass::f1,
                             PerClass::auroc, PerClass::average_precision})
      row += cell(m.scores.at(c, p), m.intervals.at(c, p), text(p).undefined);
    rows += element("tr", row);
  }
  return scroll(element("table", head_row({"class", "images", "sensitivity (recall)", "specificity", "precision",
                                           "F1", "AUROC", "average precision"}) +
                                     element("tbody", rows)));
}

// Cells are shaded by their share of the row, that is, of the true class.
Markup confusion_matrix(const Evaluation& m) {
  Markup head = "<th scope=\"col\">true class</th>", rows;
  for (const std::string& c : m.classes) head += element("th", isolated(c), " scope=\"col\" class=\"n\"");
  for (size_t t = 0; t < m.classes.size(); ++t) {
    const int64_t all = std::accumulate(m.confusion[t].begin(), m.confusion[t].end(), int64_t{0});
    Markup row = element("th", isolated(m.classes[t]), " scope=\"row\"");
    for (size_t p = 0; p < m.classes.size(); ++p) {
      const int64_t count = m.confusion[t][p];
      const double share = all ? double(count) / double(all) : 0;
      const std::string kind = fmt::format("n cell {}", t == p ? "hit" : "miss");
      row += element("td", escaped(std::to_string(count)),
                     attribute("class", kind) + attribute("style", fmt::format("--v:{:.3f}", share)));
    }
    rows += element("tr", row);
  }
  return scroll(
      element("table", element("thead", element("tr", head)) + element("tbody", rows), " class=\"matrix\""));
}

// Replaces a matrix too large to read.
Markup confusion_list(const Evaluation& m) {
  constexpr size_t kLines = 30;
  struct Confused {
    int64_t count;
    size_t actual, predicted;
  };
  std::vector<Confused> all;
  for (size_t t = 0; t < m.classes.size(); ++t)
    for (size_t p = 0; p < m.classes.size(); ++p)
      if (t != p && m.confusion[t][p]) all.push_back({m.confusion[t][p], t, p});
  std::ranges::stable_sort(all, std::greater{}, &Confused::count);
  Markup rows;
  for (size_t i = 0; i < std::min(all.size(), kLines); ++i)
    rows += element("tr", element("th", isolated(m.classes[all[i].actual]), " scope=\"row\"") +
                              element("td", isolated(m.classes[all[i].predicted])) +
                              element("td", escaped(std::to_string(all[i].count)), " class=\"n\""));
  return element("p", escaped(fmt::format("The most frequent of {} kinds of errors; metrics.json has the matrix.",
                                          all.size()))) +
         scroll(
             element("table", Markup("<thead><tr><th scope=\"col\">true class</th><th scope=\"col\">predicted</th>"
                                     "<th scope=\"col\" class=\"n\">images</th></tr></thead>") +
                                  element("tbody", rows)));
}

Markup confusions(const Evaluation& m) {
  constexpr size_t kReadable = 30;
  if (m.classes.size() > kReadable) return element("h3", "Confusions") + confusion_list(m);
  return element("h3", "Confusion matrix") +
         element("p", "Rows: true class. Columns: predicted class. Shaded by the share of the row.") +
         confusion_matrix(m);
}

Markup thresholds(const Evaluation& m) {
  if (m.points.empty()) return {};
  Markup rows;
  constexpr const char* kNothing = "nothing to divide by";
  for (const OperatingPointResult& p : m.points) {
    Markup row = element("th", escaped(p.point.rule), " scope=\"row\"");
    row += element("td", escaped(fmt::format("{:.4f}", p.point.threshold)), " class=\"n\"");
    row +=
        cell(p.scores.sensitivity, p.intervals[0], kNothing) + cell(p.scores.specificity, p.intervals[1], kNothing);
    row += cell(p.scores.ppv, p.intervals[2], kNothing) + cell(p.scores.npv, p.intervals[3], kNothing);
    rows += element("tr", row);
  }
  const std::string& positive = m.classes[size_t(m.points[0].point.positive)];
  return element("h3", "Thresholds") +
         element("p",
                 escaped(fmt::format("For the class \u201c{}\u201d. Each was chosen on the validation images by "
                                     "its rule and applied once to these test images.",
                                     positive))) +
         scroll(element("table", head_row({"chosen on validation for", "threshold", "sensitivity", "specificity",
                                           "positive predictive value", "negative predictive value"}) +
                                     element("tbody", rows)));
}

Markup temperature(const Report& r) {
  if (!r.calibration || !r.calibration->temperature) return {};
  const Calibration& c = *r.calibration;
  return element(
      "p", escaped(fmt::format("The probabilities are calibrated: the last layer was divided by a "
                               "temperature of {:.3f}, fitted on {} validation images, whose loss went from "
                               "{:.4f} to {:.4f} and whose calibration error from {:.4f} to {:.4f}.",
                               *c.temperature, c.images, c.loss_before, c.loss_after, c.ece_before, c.ece_after)));
}

std::string looks(int scored) {
  if (scored == 1) return "this run scored once, at its end";
  return fmt::format("this run has scored {} times: a finished run that is resumed tests again at its end", scored);
}

// A warning if the test result may have decided on the number of epochs.
Markup extended(const RunConfig& config) {
  const std::vector<EarlierPlan>& plans = config.changes.epochs;
  if (plans.empty() || plans.back().test_scored == 0) return {};
  return element(
      "p",
      escaped(fmt::format("The number of epochs was changed from {} to {} after these test images had been "
                          "scored: if their result decided that, the numbers below are too optimistic.",
                          plans.back().epochs, config.options.schedule.epochs)),
      " class=\"not\"");
}

}  // namespace

Markup metrics_section(const Report& r) {
  if (!r.evaluation)
    return element("section",
                   element("h2", "Test") + element("p",
                                                   "There were no test images: the accuracy on unseen images is "
                                                   "unknown."));
  const Evaluation& m = *r.evaluation;
  Markup section = element("h2", "Test");
  section += element(
      "p", escaped(fmt::format(
               "On {} test images, which {}. Below each value is its {:g} % interval: percentiles of {} bootstrap "
               "draws (seed {}) of {}, stratified to about the class counts of this set; it does not apply to "
               "another class distribution.",
               m.images, looks(r.summary.test_scored), 100 * m.bootstrap.confidence, m.bootstrap.draws,
               m.bootstrap.seed, m.groups ? fmt::format("the {} groups", m.groups) : std::string("images"))));
  section += extended(r.config);
  if (m.skipped)
    section +=
        element("p", escaped(fmt::format("{} test images could not be read and are not counted; see the list "
                                         "at the end.",
                                         m.skipped)));
  section += temperature(r) + overall_table(m);
  if (const std::string note = certainty_note(m); !note.empty())
    section += element("p", escaped("Note: " + note + "."));
  section += element("h3", "Each class against the others") + class_table(m);
  section += confusions(m) + thresholds(m);
  return element("section", section);
}

}  // namespace graft
