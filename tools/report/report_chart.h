// Line charts as inline SVG, in the page's colours.
#pragma once
#include <vector>

#include "tools/report/html.h"

namespace graft {

struct Series {
  std::string name;
  std::vector<std::pair<double, double>> points;
  bool marks = false;  // a dot at each point
};

struct Chart {
  std::string title, x_label, y_label;
  double x_low = 0, x_high = 1, y_low = 0, y_high = 1;
  bool whole_x = false;   // only whole numbers on the x axis
  bool diagonal = false;  // a dashed line from corner to corner
  std::vector<Series> series;
};

// A figure: title, picture, legend.
Markup draw(const Chart& chart);

}  // namespace graft
