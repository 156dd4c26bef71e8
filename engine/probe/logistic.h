// Multinomial logistic regression on standardised features: the linear classifier of a probe. Minimises
//   mean over the rows of -log softmax(x W + b)[label]  +  strength / 2 * |W|^2
// in double precision; b is not penalised. scikit-learn's LogisticRegression is the same with C = 1 / (strength n).
#pragma once
#include "engine/probe/features.h"
#include "engine/probe/lbfgs.h"

namespace graft {

class LogisticRegression {
 public:
  // Takes the mean and the deviation of each column from `data`, and starts with weights of zero.
  explicit LogisticRegression(const Labelled& data);

  // Fits to the rows of `data` that are named (all that the constructor saw, or some), from the weights as they
  // are: a path from strong to weak regularisation is cheap.
  LbfgsResult fit(const Labelled& data, double strength, const LbfgsOptions& options = {});

  // Probabilities [rows, classes].
  std::vector<double> predict(const Features& features) const;

  std::span<const double> weights() const { return weights_; }  // [columns + 1, classes], the last row is b

 private:
  int classes_;
  std::vector<double> mean_, inverse_deviation_;  // [columns]; a constant column has 0 and so no say
  std::vector<double> weights_;
};

}  // namespace graft
