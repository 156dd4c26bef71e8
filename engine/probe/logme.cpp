// With the singular values s of F (sigma = s^2), z = U'y and t = alpha / beta, the best beta for a t is known, and
// the log evidence over n becomes a function of t alone:
//   (log beta - log 2 pi - 1 - sum log(1 + sigma / t) / n) / 2,
//   n / beta = sum z^2 t / (t + sigma) + |y|^2 - |z|^2.
// The paper iterates to a stationary point of it; here the largest value on a grid is refined, which finds the
// highest of several maxima. sigma and U come from the smaller of F'F and F F'.
#include "engine/probe/logme.h"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <numbers>

#include "kernels/api/error.h"

namespace graft {
namespace {

using Eigen::ArrayXd;
using Eigen::MatrixXd;
using RowMajor = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

// The spectrum of F, without values that are zero in double precision.
struct Spectrum {
  ArrayXd sigma;    // [rank]
  MatrixXd z2;      // [rank, classes], squares of U'y
  ArrayXd squares;  // [classes], |y|^2
};

Spectrum decompose(const Labelled& data) {
  const auto n = data.features.rows, d = data.features.columns;
  const MatrixXd f = Eigen::Map<const RowMajor>(data.features.values.data(), n, d).cast<double>();
  MatrixXd y = MatrixXd::Zero(n, data.classes);
  for (int64_t i = 0; i < n; ++i) y(i, data.labels[size_t(i)]) = 1;
  const bool tall = d <= n;
  const MatrixXd gram = tall ? MatrixXd(f.transpose() * f) : MatrixXd(f * f.transpose());
  const Eigen::SelfAdjointEigenSolver<MatrixXd> eigen(gram);
  require(eigen.info() == Eigen::Success, "logme: the eigenvalues of {} features were not found", d);
  const ArrayXd sigma = eigen.eigenvalues().array();  // ascending
  const double zero = sigma.tail(1)(0) * 1e-15 * double(std::max(n, d));
  const int64_t rank = (sigma > std::max(zero, 0.0)).count();
  Spectrum s{sigma.tail(rank), {}, y.colwise().squaredNorm().transpose().array()};
  const MatrixXd vectors = eigen.eigenvectors().rightCols(rank);
  s.z2 = tall ? MatrixXd(vectors.transpose() * (f.transpose() * y)) : MatrixXd(vectors.transpose() * y);
  s.z2 = s.z2.array().square();
  if (tall) s.z2.array().colwise() /= s.sigma;
  return s;
}

// Log evidence over n, at the best beta for this t.
double evidence(const ArrayXd& sigma, const ArrayXd& z2, double outside, double n, double t) {
  const double beta = n / ((z2 * t / (t + sigma)).sum() + outside);
  return 0.5 * (std::log(beta) - std::log(2 * std::numbers::pi) - 1 - (1 + sigma / t).log().sum() / n);
}

// The maximum of f between low and high, where it is unimodal: golden section.
template <class F>
double top(const F& f, double low, double high) {
  constexpr double kRatio = 0.6180339887498949;
  double left = high - kRatio * (high - low), right = low + kRatio * (high - low);
  double at_left = f(left), at_right = f(right);
  while (high - low > 1e-9) {
    if (at_left > at_right)
      high = right, right = left, at_right = at_left, at_left = f(left = high - kRatio * (high - low));
    else
      low = left, left = right, at_left = at_right, at_right = f(right = low + kRatio * (high - low));
  }
  return std::max(at_left, at_right);
}

double best_evidence(const ArrayXd& sigma, const ArrayXd& z2, double squares, double n) {
  // The part of y outside of the span of F. Where F fits more labels than it has columns without error, the
  // evidence has no bound; the rounding error bounds it.
  const double outside = double(sigma.size()) == n ? 0 : std::max(squares - z2.sum(), 1e-12 * squares);
  const auto at = [&](double log_t) { return evidence(sigma, z2, outside, n, std::exp(log_t)); };
  if (sigma.size() == 0) return at(0);
  // Beyond these the evidence is flat: the labels are noise, or F fits them exactly.
  constexpr double kStep = 0.25;
  const double low = std::log(sigma.minCoeff()) - 25, high = std::log(sigma.maxCoeff()) + 25;
  double best = low, most = at(low);
  for (double log_t = low + kStep; log_t <= high; log_t += kStep)
    if (const double value = at(log_t); value > most) best = log_t, most = value;
  return std::max(most, top(at, best - kStep, best + kStep));
}

}  // namespace

double logme(const Labelled& data) {
  require(data.features.rows > 0 && int64_t(data.labels.size()) == data.features.rows && data.classes > 0,
          "logme: {} rows, {} labels, {} classes", data.features.rows, data.labels.size(), data.classes);
  const Spectrum s = decompose(data);
  double sum = 0;
  int occurring = 0;
  for (int c = 0; c < data.classes; ++c) {
    if (s.squares(c) == 0) continue;  // a class without images says nothing
    sum += best_evidence(s.sigma, s.z2.col(c).array(), s.squares(c), double(data.features.rows));
    ++occurring;
  }
  return sum / occurring;
}

}  // namespace graft
