// What was trained on what: everything that somebody needs who wants to repeat or to judge it.
#include <fmt/core.h>

#include <numeric>

#include "engine/data/printable.h"
#include "tools/progress.h"
#include "tools/report.h"

namespace graft {
namespace {

Markup row(const Markup& name, const std::string& value) {
  return element("tr", element("th", name, " scope=\"row\"") + element("td", escaped(value)));
}

Markup hash_row(const Markup& name, const std::string& text, const std::string& sha256) {
  Markup value = escaped(text);
  if (!sha256.empty()) value += Markup(" <span class=\"hash\">sha256 ") + escaped(sha256) + "</span>";
  return element("tr", element("th", name, " scope=\"row\"") + element("td", value));
}

Markup counts_table(const RunSummary& s) {
  Markup head = "<th scope=\"col\">class</th>", foot = "<th scope=\"row\">all</th>", body;
  for (const char* split : {"train", "val", "test"}) {
    const auto found = s.images.find(split);
    if (found == s.images.end()) continue;
    head += element("th", escaped(split), " scope=\"col\" class=\"n\"");
    foot += element("td", escaped(std::to_string(std::accumulate(found->second.begin(), found->second.end(), 0))),
                    " class=\"n\"");
  }
  for (size_t c = 0; c < s.classes.size(); ++c) {
    Markup cells = element("th", isolated(s.classes[c]), " scope=\"row\"");
    for (const char* split : {"train", "val", "test"})
      if (const auto found = s.images.find(split); found != s.images.end() && c < found->second.size())
        cells += element("td", escaped(std::to_string(found->second[c])), " class=\"n\"");
    body += element("tr", cells);
  }
  return element("div",
                 element("table", element("thead", element("tr", head)) + element("tbody", body) +
                                      element("tfoot", element("tr", foot))),
                 " class=\"scroll\"");
}

std::string optimizer(const TrainOptions& o) {
  std::string text = o.optimizer == "adam" ? fmt::format("Adam ({} form)", o.epsilon_form)
                                           : fmt::format("SGD, momentum {:g}", o.momentum);
  text += fmt::format(", learning rate {:g}", o.learning_rate);
  if (o.l2 > 0) text += fmt::format(", L2 {:g}", o.l2);
  if (o.weight_decay > 0) text += fmt::format(", weight decay {:g}", o.weight_decay);
  if (o.clip_norm > 0) text += fmt::format(", gradients clipped to {:g}", o.clip_norm);
  if (o.schedule != "constant") text += fmt::format(", schedule {}", o.schedule);
  if (o.label_smoothing > 0) text += fmt::format(", label smoothing {:g}", o.label_smoothing);
  if (!o.class_weight_values.empty()) text += ", classes weighted";
  return text;
}

Markup setup_table(const Report& r) {
  const ModelRecord& m = r.config.model;
  const TrainOptions& o = r.config.options;
  Markup rows = row("Model", fmt::format("{}, images of {}x{}, head {}, dropout {:g}", m.vgg.trunk,
                                         m.vgg.image_size, m.vgg.image_size, m.vgg.head, m.vgg.dropout));
  rows += row("What trained", o.unfreeze == "none"  ? "the head; the trunk was frozen"
                              : o.unfreeze == "all" ? "the head and the whole trunk"
                                                    : "the head, and the trunk from " + o.unfreeze);
  rows +=
      hash_row("Starting weights",
               m.weights.name == "none" ? "none: random numbers, so this is not transfer learning" : m.weights.name,
               m.weights.sha256);
  rows += row("Preprocessing", describe(m.preprocess));
  rows += row("Training", fmt::format("{} epochs, batches of {}, {}", o.epochs, o.batch, optimizer(o)));
  rows += row("Precision", name(m.precision));
  rows += row("Seed", std::to_string(o.seed));
  rows += row("Data", printable(o.data));
  rows += row("Device", r.summary.device);
  rows += row("Time", human_time(r.summary.seconds) + ", from the last start to the end");
  rows += row("Program", r.summary.program);
  rows += hash_row("Trained model", "model.h5: " + r.summary.which_model, r.model_sha256);
  rows += hash_row("Training images", "names, classes and contents", r.summary.train_sha256);
  return element("div", element("table", element("tbody", rows), " class=\"facts\""), " class=\"scroll\"");
}

Markup groups(const Report& r) {
  const RunSummary& s = r.summary;
  if (s.groups == 0)
    return element("p",
                   "Patients (or other groups) are not known to the program: nothing here shows that no patient is "
                   "in both training and test, and the intervals take each image for itself.");
  const std::string rule = "Groups (such as patients), by the rule " + printable(r.config.options.group_by) + ": ";
  if (s.shared_groups == 0)
    return element(
        "p", escaped(fmt::format("{}{}, none with images in two splits. The intervals draw whole groups.", rule,
                                 s.groups)));
  return element("p",
                 escaped(fmt::format("{}{}, and {} of them have images in two splits, which was allowed: these "
                                     "results are too good.",
                                     rule, s.groups, s.shared_groups)),
                 " class=\"not\"");
}

}  // namespace

Markup run_section(const Report& r) {
  Markup section = element("h2", "What was trained on what") + counts_table(r.summary);
  if (!r.summary.notes.empty())
    section +=
        element("h3", "Notes on the folders") + bounded_list(r.summary.notes, "summary.json has all of them.");
  return element("section", section + groups(r) + setup_table(r));
}

}  // namespace graft
