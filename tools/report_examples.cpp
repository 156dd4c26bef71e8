// Test images: the surest mistakes and typical right answers, with what the model used (Grad-CAM).
#include <fmt/core.h>

#include "engine/data/png_writer.h"
#include "engine/data/printable.h"
#include "tools/report.h"

namespace graft {
namespace {

Markup picture(const Image& image, const std::string& caption) {
  constexpr int kQuality = 85;
  const std::string uri = data_uri("image/jpeg", encode_jpeg(image, kQuality));
  return element("figure", Markup("<img") + attribute("src", uri) + attribute("alt", caption) +
                               attribute("width", std::to_string(image.w)) +
                               attribute("height", std::to_string(image.h)) + ">" +
                               element("figcaption", escaped(caption)));
}

Markup example(const Example& e, const std::vector<std::string>& classes) {
  const Prediction& p = e.said.prediction;
  const int predicted = p.predicted();
  const auto say = [&](int c) { return fmt::format("{} {:.3f}", classes[size_t(c)], p.probs[size_t(c)]); };
  Markup inside = element("h4", escaped(printable(e.said.image)));
  std::string text = fmt::format("Predicted {}", say(predicted));
  text += predicted == p.label ? ", rightly." : fmt::format("; it is {}.", say(p.label));
  inside += element("p", escaped(text));
  if (!e.trouble.empty()) {
    inside += element("p", escaped("No picture: " + e.trouble), " class=\"trouble\"");
  } else {
    Markup pictures = picture(e.fitted, "as the model saw it");
    pictures += picture(e.predicted_map, "what spoke for " + classes[size_t(predicted)]);
    if (predicted != p.label) pictures += picture(e.label_map, "what spoke for " + classes[size_t(p.label)]);
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
  return element("h3", "Do the maps point at the lesions?") +
         element("p",
                 "Measured by <code>vgg-finetune explain --masks</code>: whether the largest value of the map for "
                 "the predicted class lies inside the mask.") +
         element("ul", items);
}

}  // namespace

Markup examples_section(const Report& r) {
  if (!r.measured || r.predictions.empty()) return {};
  const std::vector<std::string>& classes = r.config.model.classes;
  Markup section = element("h2", "Images");
  section +=
      element("p", escaped(fmt::format("The maps are Grad-CAM at {}, each scaled to its own largest value: bright "
                                       "is what spoke for the class. They show what the model used, not what is "
                                       "true; an image without colours is one where nothing did.",
                                       r.map_layer)));
  section += pointing(r);
  section += examples("The surest mistakes", r.errors, classes, "There were none on these images.");
  section += examples("Typical right answers", r.hits, classes, "There were none.");
  return element("section", section);
}

}  // namespace graft
