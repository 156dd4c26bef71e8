// Limited-memory BFGS for smooth convex functions (Liu and Nocedal, "On the limited memory BFGS method for large
// scale optimization", 1989), with the bisection of Lewis and Overton (2013) for the weak Wolfe conditions. LBFGS++
// 0.1 is not used: where doubles allow no better step, which is where a probe with tolerance 1e-9 ends, its
// backtracking throws and leaves x at a rejected point, and its Nocedal-Wright line search continues for thousands
// of iterations without effect.
#pragma once
#include <functional>
#include <span>
#include <vector>

namespace graft {

// The value at x; fills the gradient.
using Objective = std::function<double(std::span<const double> x, std::span<double> gradient)>;

struct LbfgsOptions {
  double tolerance = 1e-5;  // for the largest element of the gradient
  int most_iterations = 1000;
  int memory = 10;
};

struct LbfgsResult {
  double value = 0;
  int iterations = 0;
  bool converged = false;  // else: out of iterations, or no step improves within the precision of a double
};

// Improves x in place.
LbfgsResult minimise(const Objective& f, std::vector<double>& x, const LbfgsOptions& options = {});

}  // namespace graft
