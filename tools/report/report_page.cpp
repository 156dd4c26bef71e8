// The page: title, summary sentence, disclaimer, all sections, skipped files.
#include <fmt/core.h>

#include "engine/base/printable.h"
#include "tools/report/report.h"
#include "tools/report/report_style.h"

namespace graft {
namespace {

std::string result_sentence(const Report& r) {
  const ModelRecord& m = r.config.model;
  std::string text = fmt::format("{} with the head {}, trained on {} classes.", m.architecture.trunk,
                                 m.architecture.head, m.classes.size());
  if (!r.evaluation || !r.evaluation->scores[Overall::accuracy]) return text;
  const auto say = [&](Overall metric) {
    return with_interval(r.evaluation->scores[metric], r.evaluation->intervals[metric],
                         graft::text(metric).undefined);
  };
  return text + fmt::format(" On {} test images: accuracy {}, balanced accuracy {}, macro AUROC {}.",
                            r.evaluation->images, say(Overall::accuracy), say(Overall::balanced_accuracy),
                            say(Overall::auroc));
}

Markup skipped_section(const Report& r) {
  Markup section = element("h2", "Skipped files");
  if (r.summary.skipped.empty())
    return element("section", section + element("p", "None: every image could be read."));
  return element("section", section + bounded_list(r.summary.skipped, "summary.json has all of them."));
}

}  // namespace

Markup bounded_list(const std::vector<std::string>& lines, const Markup& where_all_are) {
  constexpr size_t kLines = 100;
  Markup items;
  for (size_t i = 0; i < std::min(lines.size(), kLines); ++i) items += element("li", isolated(lines[i]));
  Markup list = element("ul", items);
  if (lines.size() > kLines)
    list += element("p", escaped(fmt::format("and {} more. ", lines.size() - kLines)) + where_all_are);
  return list;
}

std::string render(const Report& r) {
  const std::string name = printable(std::filesystem::absolute(r.run).lexically_normal().filename());
  const std::string title =
      fmt::format("{}, the model of the run \u201c{}\u201d", r.config.model.architecture.trunk, name);
  Markup body = element("h1", escaped(title)) + element("p", escaped(result_sentence(r)), " class=\"lead\"");
  body += element(
      "p",
      "This is the output of a research and teaching tool, <strong>not a medical device</strong>: it is not "
      "approved for diagnosis, and no decision about a patient may be based on it.",
      " class=\"not\"");
  body += run_section(r) + curves_section(r) + metrics_section(r) + plots_section(r) + examples_section(r);
  body += trace_section(r) + skipped_section(r);
  body +=
      element("footer", escaped(fmt::format("Made by {} with vgg-finetune report. The numbers are in metrics.json, "
                                            "the predictions for each image in predictions.csv.",
                                            r.summary.program)));
  // No script can run and nothing is fetched, whatever names the data contains.
  Markup head =
      "<meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
      "img-src data:\"><meta name=\"color-scheme\" content=\"light dark\">";
  head += element("title", escaped(title)) + element("style", kReportStyle);
  return (Markup("<!doctype html>\n<html lang=\"en\"><head>") + head + "</head><body>" + element("main", body) +
          "</body></html>\n")
      .html();
}

}  // namespace graft
