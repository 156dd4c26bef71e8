// Data and setup: everything needed to reproduce or judge the run.
#include <fmt/core.h>

#include <numeric>

#include "engine/base/printable.h"
#include "tools/report/report.h"

namespace graft {
namespace {

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

Markup groups(const Report& r) {
  const RunSummary& s = r.summary;
  if (s.groups == 0)
    return element(
        "p",
        "Patients (or other groups) were not given: nothing here shows that no patient is in both training "
        "and test, and the intervals treat each image as independent.");
  const bool table = !r.config.inputs.group_by.empty();
  const std::string by = table ? std::filesystem::path(r.config.options.data.group_by).filename().string()
                               : r.config.options.data.group_by;
  const std::string rule =
      "Groups (such as patients), by the " +
      (table && r.hide_names ? "names in a table" : (table ? "table " : "rule ") + printable(by)) + ": ";
  if (s.shared_groups == 0)
    return element(
        "p", escaped(fmt::format("{}{}, none with images in two splits. The intervals resample whole groups.", rule,
                                 s.groups)));
  return element("p",
                 escaped(fmt::format("{}{}, of which {} have images in two splits, which was allowed: these "
                                     "results are too optimistic.",
                                     rule, s.groups, s.shared_groups)),
                 " class=\"not\"");
}

}  // namespace

Markup run_section(const Report& r) {
  Markup section = element("h2", "Data and setup") + counts_table(r.summary);
  if (!r.summary.notes.empty())
    section += element("h3", "Notes on the data") + bounded_list(r.summary.notes, "summary.json has all of them.");
  return element("section", section + groups(r) + setup_table(r));
}

}  // namespace graft
