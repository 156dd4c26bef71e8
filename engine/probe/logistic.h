// Multinomial logistic regression on standardised features: the linear classifier of a probe. Minimises
//   mean over the rows of -log softmax(x W + b)[label]  +  strength / 2 * |W|^2
// in double precision; b is not penalised. Equivalent to scikit-learn's LogisticRegression with C = 1 / (strength
// n).
#pragma once
#include "engine/probe/features.h"
#include "engine/probe/lbfgs.h"

namespace graft {

class LogisticRegression {
 public:
  // Takes the mean and standard deviation of each column from `data`, and starts with zero weights.
  explicit LogisticRegression(const Labelled& data);

  // Fits to the given rows of `data` (all that the constructor saw, or some), starting from the current weights,
  // which makes a path from strong to weak regularisation cheap.
  LbfgsResult fit(const Labelled& data, double strength, const LbfgsOptions& options = {});

  // Probabilities [rows, classes].
  std::vector<double> predict(const Features& features) const;

  std::span<const double> weights() const { return weights_; }  // [columns + 1, classes], the last row is b

 private:
  int classes_;
  std::vector<double> mean_, inverse_deviation_;  // [columns]; 0 for constant columns, which are thereby ignored
  std::vector<double> weights_;
};

}  // namespace graft
