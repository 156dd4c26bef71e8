#include "tools/report/report_chart.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

namespace graft {
namespace {

constexpr double kWidth = 340, kHeight = 240, kLeft = 44, kRight = 10, kTop = 8, kBottom = 38;
constexpr size_t kColours = 8;  // in the style sheet: .s0 ... .s7

struct Axes {
  const Chart& c;
  double x(double v) const { return kLeft + (v - c.x_low) / (c.x_high - c.x_low) * (kWidth - kLeft - kRight); }
  double y(double v) const {
    return kHeight - kBottom - (v - c.y_low) / (c.y_high - c.y_low) * (kHeight - kTop - kBottom);
  }
};

// At most six round tick values from low to high.
std::vector<double> ticks(double low, double high, bool whole) {
  const double rough = (high - low) / 5, power = std::pow(10, std::floor(std::log10(rough)));
  double step = 10 * power;
  for (const double nice : {1.0, 2.0, 5.0})
    if (nice * power >= rough * 0.999) {
      step = nice * power;
      break;
    }
  if (whole) step = std::max(1.0, step);
  std::vector<double> at;
  for (double i = std::ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; ++i)
    at.push_back(i * step + 0.0);  // no -0
  return at;
}

Markup line(double x1, double y1, double x2, double y2, const Markup& attributes) {
  return Markup("<line") + attributes + attribute("x1", fmt::format("{:.1f}", x1)) +
         attribute("y1", fmt::format("{:.1f}", y1)) + attribute("x2", fmt::format("{:.1f}", x2)) +
         attribute("y2", fmt::format("{:.1f}", y2)) + "/>";
}

Markup label(double x, double y, const std::string& text, const Markup& attributes) {
  return element("text", escaped(text),
                 attribute("x", fmt::format("{:.1f}", x)) + attribute("y", fmt::format("{:.1f}", y)) + attributes);
}

Markup frame(const Chart& c, const Axes& axes) {
  Markup svg;
  for (const double v : ticks(c.y_low, c.y_high, false)) {
    svg += line(kLeft, axes.y(v), kWidth - kRight, axes.y(v), " class=\"grid\"");
    svg += label(kLeft - 5, axes.y(v) + 4, fmt::format("{:g}", v), " text-anchor=\"end\"");
  }
  for (const double v : ticks(c.x_low, c.x_high, c.whole_x)) {
    svg += line(axes.x(v), kHeight - kBottom, axes.x(v), kHeight - kBottom + 4, " class=\"axis\"");
    svg += label(axes.x(v), kHeight - kBottom + 16, fmt::format("{:g}", v), " text-anchor=\"middle\"");
  }
  svg += line(kLeft, kHeight - kBottom, kWidth - kRight, kHeight - kBottom, " class=\"axis\"");
  if (c.diagonal)
    svg += line(axes.x(c.x_low), axes.y(c.y_low), axes.x(c.x_high), axes.y(c.y_high), " class=\"diagonal\"");
  svg += label((kLeft + kWidth - kRight) / 2, kHeight - 4, c.x_label, " text-anchor=\"middle\"");
  return svg;
}

Markup curve(const Series& s, const Axes& axes, const std::string& style) {
  std::string path;
  Markup marks;
  double drawn_x = -1e9, drawn_y = -1e9;
  for (const auto& [x, y] : s.points) {
    // Points too close to see are skipped, so that the page does not grow with the data.
    const bool near = std::abs(axes.x(x) - drawn_x) < 0.7 && std::abs(axes.y(y) - drawn_y) < 0.7;
    if (near && &s.points.back().first != &x) continue;
    drawn_x = axes.x(x), drawn_y = axes.y(y);
    path += fmt::format("{}{:.1f},{:.1f}", path.empty() ? "M" : "L", axes.x(x), axes.y(y));
    if (s.marks)
      marks += Markup("<circle r=\"2.5\"") + attribute("class", style + " dot") +
               attribute("cx", fmt::format("{:.1f}", axes.x(x))) +
               attribute("cy", fmt::format("{:.1f}", axes.y(y))) + "/>";
  }
  return Markup("<path") + attribute("class", style + " curve") + attribute("d", path) + "/>" + marks;
}

}  // namespace

Markup draw(const Chart& c) {
  const Axes axes{c};
  Markup svg = frame(c, axes), legend;
  for (size_t i = 0; i < c.series.size(); ++i) {
    const std::string style = fmt::format("s{}", i % kColours);
    svg += curve(c.series[i], axes, style);
    legend += element("li", element("span", {}, attribute("class", "key " + style)) + isolated(c.series[i].name));
  }
  Markup figure = element("figcaption", escaped(c.title));
  figure += element("p", escaped(c.y_label), " class=\"ylabel\"");
  figure += element("svg", svg,
                    attribute("viewBox", fmt::format("0 0 {} {}", kWidth, kHeight)) + " role=\"img\"" +
                        attribute("aria-label", c.title));
  if (!legend.empty()) figure += element("ul", legend, " class=\"legend\"");
  return element("figure", figure);
}

}  // namespace graft
