// The output for an image or row must not depend on the rest of the batch: features are cached once and used in any
// batch, and `predict` on one file must equal `eval` on a folder. So a single sample must give the same bits.
#include <doctest/doctest.h>

#include "kernels/testing/cases.h"
#include "tests/kernels/buffers.h"

using namespace graft;
using namespace graft::test;

namespace {

// Returns the arguments for one sample of the batch, with outputs unbound.
Gemm alone(const Gemm& a, int i) {
  Gemm one = a;
  one.m = 1;
  one.a += int64_t{i} * a.k;
  return one;
}
Conv2d alone(const Conv2d& a, int i) {
  Conv2d one = a;
  one.at.n = 1;
  one.x += i * one.at.x_size();
  return one;
}
Conv2dBf16 alone(const Conv2dBf16& a, int i) {
  Conv2dBf16 one = a;
  one.at.n = 1;
  one.x += i * one.at.x_size();
  return one;
}
MaxPool alone(const MaxPool& a, int i) {
  MaxPool one = a;
  one.n = 1;
  one.x += int64_t{i} * a.h * a.w * a.c;
  return one;
}
GlobalAvgPool alone(const GlobalAvgPool& a, int i) {
  GlobalAvgPool one = a;
  one.n = 1;
  one.x += int64_t{i} * a.h * a.w * a.c;
  return one;
}
SoftmaxLoss alone(const SoftmaxLoss& a, int i) {
  SoftmaxLoss one = a;
  one.rows = 1;
  one.logits += int64_t{i} * a.classes;
  if (a.label) one.label += i;
  return one;
}

int batch(const Gemm& a) { return a.m; }
int batch(const Conv2d& a) { return a.at.n; }
int batch(const Conv2dBf16& a) { return a.at.n; }
int batch(const MaxPool& a) { return a.n; }
int batch(const GlobalAvgPool& a) { return a.n; }
int batch(const SoftmaxLoss& a) { return a.rows; }

void bind_outputs(Gemm& a, Buffers& b) { b.out(a.c, int64_t{a.m} * a.n); }
void bind_outputs(Conv2d& a, Buffers& b) { b.out(a.y, a.y_size()); }
void bind_outputs(Conv2dBf16& a, Buffers& b) { b.out(a.y, a.y_size()); }
void bind_outputs(MaxPool& a, Buffers& b) {
  const int64_t pixels = int64_t{a.n} * (a.h / 2) * (a.w / 2);
  b.out(a.y, pixels * a.c), b.out(a.argmax, argmax_bytes(pixels, a.c));
}
void bind_outputs(GlobalAvgPool& a, Buffers& b) { b.out(a.y, int64_t{a.n} * a.c); }
void bind_outputs(SoftmaxLoss& a, Buffers& b) {
  const int64_t size = int64_t{a.rows} * a.classes;
  b.out(a.loss, a.rows), b.out(a.probs, size), b.out(a.dlogits, size);
}

template <class Args>
std::vector<Output> run(const Backend& backend, const Variant<Args>& v, const Args& a, Buffers& outputs) {
  Stream stream;
  v.run(a, outputs.workspace(v.workspace(a)), stream);
  backend.sync();
  REQUIRE(outputs.fetch() == "");
  return outputs.outputs();
}

// Whether the i-th part of the outputs `whole` equals the outputs `one` of a single sample.
bool is_part(const std::vector<Output>& one, const std::vector<Output>& whole, int i) {
  for (size_t o = 0; o < one.size(); ++o) {
    const auto& bytes = one[o].bytes;
    if (!std::equal(bytes.begin(), bytes.end(), whole[o].bytes.begin() + std::ptrdiff_t(bytes.size()) * i))
      return false;
  }
  return one.size() == whole.size();
}

template <class Args>
void check_case(const Backend& backend, const Variant<Args>& v, const Case<Args>& c) {
  Buffers inputs(backend, 1), outputs(backend, 2);
  Args a = c.args;
  bind(a, c.fill, inputs);
  bind_outputs(a, outputs);
  if (!v.supports(a, backend.info)) return;
  const std::vector<Output> whole = run(backend, v, a, outputs);
  for (int i : {0, batch(a) / 2, batch(a) - 1}) {
    Args one = alone(a, i);
    Buffers of_one(backend, 4);
    bind_outputs(one, of_one);
    if (!v.supports(one, backend.info)) continue;
    CHECK_MESSAGE(
        is_part(run(backend, v, one, of_one), whole, i),
        fmt::format("{} {}/{} [{}] number {} differs alone", backend.name, Args::kName, v.name, c.name, i));
  }
}

// `applies` excludes the cases in which rows are not samples.
template <class Args, class Applies>
void check_op(const Applies& applies) {
  for (const Backend* backend : backends()) {
    if (backend->absent_because) continue;
    for (const Case<Args>& c : edge_cases<Args>()) {
      if (batch(c.args) == 1 || !applies(c.args) || !runs_on(*backend, c)) continue;
      for (const Variant<Args>& v : table_of(backend->tables, c.args).all())
        if (!v.library) check_case(*backend, v, c);
    }
  }
}

}  // namespace

TEST_CASE("batch: an image or row alone gives the same bits as in a batch") {
  const auto always = [](const auto&) { return true; };
  check_op<Gemm>([](const Gemm& a) { return !a.ta && !a.accumulate; });
  check_op<Conv2d>(always);
  check_op<Conv2dBf16>(always);
  check_op<MaxPool>(always);
  check_op<GlobalAvgPool>(always);
  check_op<SoftmaxLoss>(always);
}
