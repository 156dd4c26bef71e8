#include "engine/probe/lbfgs.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <numeric>

namespace graft {
namespace {

using Vector = std::vector<double>;

double dot(const Vector& a, const Vector& b) { return std::inner_product(a.begin(), a.end(), b.begin(), 0.0); }

double largest(const Vector& a) {
  double most = 0;
  for (double v : a) most = std::max(most, std::abs(v));
  return most;
}

void add_scaled(Vector& y, double scale, const Vector& x) {
  for (size_t i = 0; i < y.size(); ++i) y[i] += scale * x[i];
}

struct Pair {
  Vector s, y;  // change of x, change of the gradient
  double rho;   // 1 / (s . y)
};

// -H g, where H is the inverse Hessian given by the pairs.
Vector direction(const std::deque<Pair>& pairs, const Vector& gradient) {
  Vector d = gradient;
  std::vector<double> alpha(pairs.size());
  for (size_t i = pairs.size(); i-- > 0;) {
    alpha[i] = pairs[i].rho * dot(pairs[i].s, d);
    add_scaled(d, -alpha[i], pairs[i].y);
  }
  if (!pairs.empty()) {
    const double scale = 1 / (pairs.back().rho * dot(pairs.back().y, pairs.back().y));
    for (double& v : d) v *= scale;
  }
  for (size_t i = 0; i < pairs.size(); ++i) add_scaled(d, alpha[i] - pairs[i].rho * dot(pairs[i].y, d), pairs[i].s);
  for (double& v : d) v = -v;
  return d;
}

struct Point {
  Vector x, gradient;
  double value = 0;
};

// From `at` along d to a point that is lower and flatter by the weak Wolfe conditions; false if there is none.
bool search(const Objective& f, const Point& at, const Vector& d, double first, Point& found) {
  constexpr double kLower = 1e-4, kFlatter = 0.9;
  constexpr int kTries = 60;
  const double slope = dot(at.gradient, d);
  if (!(slope < 0)) return false;
  double low = 0, high = INFINITY, step = first;
  for (int i = 0; i < kTries; ++i) {
    found.x = at.x;
    add_scaled(found.x, step, d);
    found.value = f(found.x, found.gradient);
    if (!(found.value <= at.value + kLower * step * slope))
      high = step;
    else if (dot(found.gradient, d) < kFlatter * slope)
      low = step;
    else
      return true;
    step = std::isinf(high) ? 2 * step : (low + high) / 2;
  }
  return false;
}

}  // namespace

LbfgsResult minimise(const Objective& f, std::vector<double>& x, const LbfgsOptions& o) {
  Point at{x, Vector(x.size()), 0}, next = at;
  at.value = f(at.x, at.gradient);
  std::deque<Pair> pairs;
  LbfgsResult result;
  while (!(result.converged = largest(at.gradient) <= o.tolerance) && result.iterations < o.most_iterations) {
    const double first = pairs.empty() ? std::min(1.0, 1 / largest(at.gradient)) : 1.0;
    if (!search(f, at, direction(pairs, at.gradient), first, next)) break;
    Pair pair{next.x, next.gradient, 0};
    add_scaled(pair.s, -1, at.x);
    add_scaled(pair.y, -1, at.gradient);
    const double curvature = dot(pair.s, pair.y);
    if (curvature > 0) {
      pair.rho = 1 / curvature;
      pairs.push_back(std::move(pair));
      if (int(pairs.size()) > o.memory) pairs.pop_front();
    }
    std::swap(at, next);
    ++result.iterations;
  }
  x = at.x;
  result.value = at.value;
  return result;
}

}  // namespace graft
