#include "engine/probe/logistic.h"

#include <Eigen/Core>
#include <cmath>

#include "kernels/api/error.h"

namespace graft {
namespace {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using MapOf = Eigen::Map<Matrix>;
using ConstMap = Eigen::Map<const Matrix>;
using Rows = Eigen::Map<const Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>;
using Vector = Eigen::Map<const Eigen::RowVectorXd>;

// In place, row by row; returns the logarithm of each row's sum of exponentials.
Eigen::VectorXd softmax(Matrix& logits) {
  const Eigen::VectorXd most = logits.rowwise().maxCoeff();
  logits = (logits.colwise() - most).array().exp();
  const Eigen::VectorXd sum = logits.rowwise().sum();
  logits.array().colwise() /= sum.array();
  return most.array() + sum.array().log();
}

Matrix standardised(const Features& f, const std::vector<double>& mean, const std::vector<double>& scale) {
  Matrix x = Rows(f.values.data(), f.rows, f.columns).cast<double>();
  x.rowwise() -= Vector(mean.data(), f.columns);
  x.array().rowwise() *= Vector(scale.data(), f.columns).array();
  return x;
}

Matrix logits_of(const Matrix& x, std::span<const double> weights, int classes) {
  const ConstMap w(weights.data(), x.cols() + 1, classes);
  return (x * w.topRows(x.cols())).rowwise() + w.row(x.cols());
}

}  // namespace

LogisticRegression::LogisticRegression(const Labelled& data) : classes_(data.classes) {
  const Features& f = data.features;
  require(f.rows > 0 && int64_t(data.labels.size()) == f.rows, "{} rows, {} labels", f.rows, data.labels.size());
  const Matrix x = Rows(f.values.data(), f.rows, f.columns).cast<double>();
  const Eigen::RowVectorXd mean = x.colwise().mean();
  const Eigen::RowVectorXd deviation = ((x.rowwise() - mean).colwise().squaredNorm() / double(f.rows)).cwiseSqrt();
  mean_.assign(mean.begin(), mean.end());
  for (int64_t c = 0; c < f.columns; ++c) {
    const bool constant = deviation(c) <= 1e-12 * std::abs(mean(c));
    inverse_deviation_.push_back(constant ? 0 : 1 / deviation(c));
  }
  weights_.assign(size_t((f.columns + 1) * classes_), 0);
}

LbfgsResult LogisticRegression::fit(const Labelled& data, double strength, const LbfgsOptions& options) {
  const auto n = data.features.rows, d = data.features.columns;
  const Matrix x = standardised(data.features, mean_, inverse_deviation_);
  const auto objective = [&](std::span<const double> weights, std::span<double> gradient) {
    Matrix p = logits_of(x, weights, classes_);
    double loss = 0;
    for (int64_t i = 0; i < n; ++i) loss -= p(i, data.labels[size_t(i)]);
    loss += softmax(p).sum();
    for (int64_t i = 0; i < n; ++i) p(i, data.labels[size_t(i)]) -= 1;
    const ConstMap w(weights.data(), d + 1, classes_);
    MapOf g(gradient.data(), d + 1, classes_);
    g.topRows(d).noalias() = x.transpose() * p / double(n) + strength * w.topRows(d);
    g.row(d) = p.colwise().sum() / double(n);
    return loss / double(n) + 0.5 * strength * w.topRows(d).squaredNorm();
  };
  return minimise(objective, weights_, options);
}

std::vector<double> LogisticRegression::predict(const Features& f) const {
  require(f.columns == int64_t(mean_.size()), "{} features for a probe of {}", f.columns, mean_.size());
  Matrix p = logits_of(standardised(f, mean_, inverse_deviation_), weights_, classes_);
  softmax(p);
  return {p.data(), p.data() + p.size()};
}

}  // namespace graft
