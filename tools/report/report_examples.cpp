// Test images: the most confident errors and typical correct predictions, with Grad-CAM maps.
#include <fmt/core.h>

#include "engine/base/printable.h"
#include "engine/image/png_writer.h"
#include "tools/report/report.h"

namespace graft {
namespace {

// `map_class`: the class that the map explains; empty: the plain image.
Markup picture(const Image& image, const std::string& map_class) {
  constexpr int kQuality = 85;
  const std::string uri = data_uri("image/jpeg", encode_jpeg(image, kQuality));
  const std::string caption = map_class.empty() ? "as the model saw it" : "evidence for ";
  return element("figure", Markup("<img") + attribute("src", uri) + attribute("alt", caption + map_class) +
                               attribute("width", std::to_string(image.w)) +
                               attribute("height", std::to_string(image.h)) + ">" +
                               element("figcaption", escaped(caption) + isolated(map_class)));
}

Markup example(const Example& e, const std::vector<std::string>& classes) {
  const Prediction& p = e.said.prediction;
  const int predicted = p.predicted();
  const auto say = [&](int c) {
    return isolated(classes[size_t(c)]) + escaped(fmt::format(" {:.3f}", p.probs[size_t(c)]));
  };
  Markup inside = element("h4", isolated(e.said.image));
  inside += element(
      "p", Markup("Predicted ") + say(predicted) +
               (predicted == p.label ? Markup(", correct.") : Markup("; true class ") + say(p.label) + "."));
  if (!e.trouble.empty()) {
    inside += element("p", escaped("No picture: " + e.trouble), " class=\"trouble\"");
  } else {
    Markup pictures = picture(e.fitted, {});
    pictures += picture(e.predicted_map, classes[size_t(predicted)]);
    if (predicted != p.label) pictures += picture(e.label_map, classes[size_t(p.label)]);
    inside += element("div", pictures, " class=\"pictures\"");
  }
  return element("article", inside);
}

Markup examples(const Markup& title, const std::vector<Example>& all, const std::vector<std::string>& classes,
                const Markup& none) {
  Markup inside = element("h3", title);
  for (const Example& e : all) inside += example(e, classes);
  return all.empty() ? inside + element("p", none) : inside;
}

Markup pointing(const Report& r) {
  if (r.pointing.empty()) return {};
  Markup items;
  for (const PointingResult& p : r.pointing)
    items += element("li", escaped(p.images + ", " + p.layer + ": " + describe(p.pointing) + "."));
  return element("h3", "Pointing game: do the maps point at the lesions?") +
         element("p",
                 "Measured by <code>vgg-finetune explain --masks</code>: whether the largest value of the map for "
                 "the predicted class lies inside the mask.") +
         element("ul", items);
}

}  // namespace

Markup examples_section(const Report& r) {
  if (!r.evaluation || r.predictions.empty()) return {};
  const std::vector<std::string>& classes = r.config.model.classes;
  Markup section = element("h2", "Images");
  section += element(
      "p", escaped(fmt::format("The maps are Grad-CAM at {}, each scaled to its own maximum: bright areas are "
                               "evidence for the class. They show what the model used, not what is true; an "
                               "image without colours has no positive evidence.",
                               r.map_layer)));
  section += pointing(r);
  section += examples("Most confident errors", r.errors, classes, "There were none on these images.");
  section += examples("Typical correct predictions", r.hits, classes, "There were none.");
  return element("section", section);
}

}  // namespace graft
