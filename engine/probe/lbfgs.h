// Limited-memory BFGS for smooth convex functions (Liu and Nocedal, "On the limited memory BFGS method for large
// scale optimization", 1989), with the bisection of Lewis and Overton (2013) for the weak Wolfe conditions.
// Not LBFGS++ 0.1: where doubles allow no better step, which is where a probe ends at a tolerance of 1e-9, its
// backtracking throws and leaves x at a point that it rejected, and its search of Nocedal and Wright goes on for
// thousands of iterations that change nothing.
#pragma once
#include <functional>
#include <span>
#include <vector>

namespace graft {

// The value at x; fills the gradient.
using Objective = std::function<double(std::span<const double> x, std::span<double> gradient)>;

struct LbfgsOptions {
  double tolerance = 1e-5;  // of the largest element of the gradient
  int most_iterations = 1000;
  int memory = 10;
};

struct LbfgsResult {
  double value = 0;
  int iterations = 0;
  bool converged = false;  // else: out of iterations, or no step is better within the precision of a double
};

// Improves x in place.
LbfgsResult minimise(const Objective& f, std::vector<double>& x, const LbfgsOptions& options = {});

}  // namespace graft
