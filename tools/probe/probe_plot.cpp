#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "tools/probe/probe_report.h"

namespace graft {
namespace {

constexpr double kWidth = 640, kLeft = 64, kRight = 24, kPanel = 190, kTop = 34, kGap = 44;

constexpr const char* kStyle = R"(<style>
  text { font: 12px system-ui, sans-serif; fill: #333 }
  .title { font-weight: 600 }
  .grid { stroke: #ddd } .axis { stroke: #888 }
  .curve { fill: none; stroke: #1f6fb4; stroke-width: 2 } .dot { fill: #1f6fb4 } .bar { stroke: #1f6fb4 }
  .cut { stroke: #c0392b; stroke-dasharray: 4 3 } .cutname { fill: #c0392b }
  .chance { stroke: #888; stroke-dasharray: 2 3 }
  .paper { fill: #fff }
  @media (prefers-color-scheme: dark) {
    text { fill: #ddd } .grid { stroke: #444 } .paper { fill: #1b1b1b }
    .curve, .bar { stroke: #6db3f2 } .dot { fill: #6db3f2 } .cut { stroke: #ff7b6b } .cutname { fill: #ff7b6b }
  }
</style>
)";

struct Panel {
  double top, low, high;
  size_t points;
  double x(size_t i) const {
    return kLeft + 30 + (kWidth - kLeft - kRight - 60) * double(i) / double(std::max<size_t>(points - 1, 1));
  }
  double y(double value) const { return top + kPanel * (1 - (value - low) / (high - low)); }
};

std::string line(const char* style, double x1, double y1, double x2, double y2) {
  return fmt::format("<line class=\"{}\" x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\"/>\n", style, x1,
                     y1, x2, y2);
}

std::string label(const char* style, const char* anchor, double x, double y, const std::string& text) {
  return fmt::format("<text class=\"{}\" text-anchor=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\">{}</text>\n", style, anchor,
                     x, y, text);
}

std::string frame(const Panel& p, const char* title) {
  // At most six round tick values.
  const double rough = (p.high - p.low) / 5, power = std::pow(10, std::floor(std::log10(rough)));
  const double step = power * (rough <= power ? 1 : rough <= 2 * power ? 2 : rough <= 5 * power ? 5 : 10);
  std::string text = label("title", "start", kLeft, p.top - 12, title);
  for (double i = std::ceil(p.low / step); i * step <= p.high + 1e-9 * step; ++i) {
    text += line("grid", kLeft, p.y(i * step), kWidth - kRight, p.y(i * step));
    text += label("tick", "end", kLeft - 6, p.y(i * step) + 4, fmt::format("{:g}", i * step + 0.0));
  }
  return text + line("axis", kLeft, p.top + kPanel, kWidth - kRight, p.top + kPanel);
}

std::string curve(const Panel& p, const std::vector<BlockScore>& scores, double BlockScore::*value) {
  std::string path, dots;
  for (size_t i = 0; i < scores.size(); ++i) {
    path += fmt::format("{}{:.1f},{:.1f}", i ? " L" : "M", p.x(i), p.y(scores[i].*value));
    dots += fmt::format("<circle class=\"dot\" r=\"3.5\" cx=\"{:.1f}\" cy=\"{:.1f}\"/>\n", p.x(i),
                        p.y(scores[i].*value));
  }
  return fmt::format("<path class=\"curve\" d=\"{}\"/>\n{}", path, dots);
}

}  // namespace

std::string svg(const std::vector<BlockScore>& scores, double chance) {
  const auto by_logme = [](const auto& a, const auto& b) { return a.logme < b.logme; };
  const auto [lowest_logme, highest_logme] = std::minmax_element(scores.begin(), scores.end(), by_logme);
  const double margin = std::max(0.05 * (highest_logme->logme - lowest_logme->logme), 1e-3);
  double lowest = chance;
  for (const BlockScore& s : scores) lowest = std::min(lowest, s.accuracy - s.standard_error);
  const Panel above{kTop, std::max(std::floor(lowest * 10) / 10, 0.0), 1, scores.size()};
  const Panel below{kTop + kPanel + kGap, lowest_logme->logme - margin, highest_logme->logme + margin,
                    scores.size()};
  const double height = below.top + kPanel + 34;

  std::string text = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1:.0f}\" width=\"{0}\" height=\"{1:.0f}\">\n"
      "<title>Linear probes and LogME after each block</title>\n{2}<rect class=\"paper\" width=\"100%\" "
      "height=\"100%\"/>\n",
      kWidth, height, kStyle);
  text += frame(above, "Accuracy of a linear probe (bars: standard error; dotted: most frequent class)");
  text += frame(below, "LogME (higher is better)");
  text += line("chance", kLeft, above.y(chance), kWidth - kRight, above.y(chance));
  const size_t cut = where_to_cut(scores);
  text += line("cut", above.x(cut), above.top, above.x(cut), below.top + kPanel);
  text += label("cutname", "start", above.x(cut) + 5, above.top + kPanel - 8, "cut here");
  for (size_t i = 0; i < scores.size(); ++i) {
    const double error = scores[i].standard_error;
    text += line("bar", above.x(i), above.y(std::max(scores[i].accuracy - error, 0.0)), above.x(i),
                 above.y(std::min(scores[i].accuracy + error, 1.0)));
    text += label("tick", "middle", below.x(i), below.top + kPanel + 18, scores[i].layer);
  }
  return text + curve(above, scores, &BlockScore::accuracy) + curve(below, scores, &BlockScore::logme) + "</svg>\n";
}

}  // namespace graft
