// The comparer must detect every kind of error; all other tests depend on it.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "kernels/testing/compare.h"

using graft::test::compare;
using Floats = std::vector<float>;

namespace {
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInf = std::numeric_limits<float>::infinity();

bool ok(const Floats& got, const Floats& want, double bound = 1e-6) { return compare(got, want, bound).ok(); }
}  // namespace

TEST_CASE("compare: equal values pass, even with a bound of zero") {
  CHECK(ok({1, 2, 3}, {1, 2, 3}, 0));
  CHECK(ok({0, -0.0f}, {-0.0f, 0}, 0));
  CHECK(ok({0, 0}, {0, 0}, 0));
}

TEST_CASE("compare: the error is relative to the norm of the reference") {
  CHECK(compare(Floats{3, 4}, Floats{3, 5}, 1).error == doctest::Approx(1 / std::sqrt(34.0)));
  CHECK(ok({1e8f, 2e8f}, {1e8f + 8, 2e8f}, 1e-7));
  CHECK_FALSE(ok({1e-8f, 2e-8f}, {1e-8f, 3e-8f}));
  CHECK_FALSE(ok({0, 1e-3f}, {0, 0}));  // an all-zero reference: the absolute norm
}

TEST_CASE("compare: the bound itself passes, anything above does not") {
  CHECK(ok({2}, {1}, 1.0));
  CHECK_FALSE(ok({2}, {1}, 0.9999));
}

TEST_CASE("compare: a NaN never passes unless the reference has it") {
  CHECK_FALSE(ok({1, kNan, 3}, {1, 2, 3}, 1e30));
  CHECK_FALSE(ok({1, 2, 3}, {1, kNan, 3}, 1e30));
  CHECK_FALSE(ok({1, 2}, {1, 3}, kNan));
  CHECK(ok({1, kNan}, {1, kNan}));
}

TEST_CASE("compare: an infinity must be the same infinity") {
  CHECK(ok({kInf, 1}, {kInf, 1}));
  CHECK_FALSE(ok({kInf, 1}, {-kInf, 1}, 1e30));
  CHECK_FALSE(ok({kInf, 1}, {1, 1}, 1e30));
  CHECK_FALSE(ok({1, 1}, {kInf, 1}, 1e30));
  CHECK_FALSE(ok({kNan, 1}, {kInf, 1}, 1e30));
}

TEST_CASE("compare: sizes must agree and must not be zero") {
  CHECK_FALSE(ok({}, {}, 1e30));
  CHECK_FALSE(ok({1}, {1, 1}, 1e30));
  CHECK_FALSE(ok({1, 1}, {1}, 1e30));
  CHECK_FALSE(ok({1}, {}, 1e30));
}

TEST_CASE("compare: swapped, shifted and untouched outputs fail") {
  CHECK_FALSE(ok({2, 1, 3}, {1, 2, 3}, 0.1));
  CHECK_FALSE(ok({3, 1, 2}, {1, 2, 3}, 0.1));
  CHECK_FALSE(ok({0, 0, 0}, {1, 2, 3}, 0.1));
  Floats many(1000, 1.0f);
  many[777] = 1.01f;  // one element of a thousand, by 1%
  CHECK_FALSE(ok(many, Floats(1000, 1.0f), 1e-4));
}

TEST_CASE("compare: the report names the worst element") {
  const auto c = compare(Floats{1, 2, 4}, Floats{1, 2, 3}, 1e-3);
  CHECK(c.worst == 2);
  CHECK(c.report().find("[2]: got 4, want 3") != std::string::npos);
  const auto n = compare(Floats{1, kNan, 9}, Floats{1, 2, 3}, 1e-3);
  CHECK(n.worst == 1);
  CHECK(n.report().find("not finite") != std::string::npos);
}
