// What the pointers of every op point to: the single place that tests and benchmarks read.
#include "kernels/testing/cases.h"

namespace graft::test {
namespace {

int64_t area(int n, int h, int w, int c) { return int64_t{n} * h * w * c; }

template <class Args>
void bind_forward(Args& a, Fill fill, Binder& b) {
  b.in(a.x, a.at.x_size(), fill);
  b.in(a.w, a.at.w_size());
  b.in(a.bias, a.at.k);
  b.out(a.y, a.y_size());
}

}  // namespace

void bind(Gemm& a, Fill fill, Binder& b) {
  b.in(a.a, int64_t{a.m} * a.k, fill);
  b.in(a.b, int64_t{a.k} * a.n);
  b.in(a.bias, a.n);
  a.accumulate ? b.inout(a.c, int64_t{a.m} * a.n) : b.out(a.c, int64_t{a.m} * a.n);
}

void bind(Conv2d& a, Fill fill, Binder& b) { bind_forward(a, fill, b); }

void bind(Conv2dBf16& a, Fill fill, Binder& b) { bind_forward(a, fill, b); }

void bind(Conv2dGradInput& a, Fill fill, Binder& b) {
  b.in(a.dy, a.at.y_size(), fill);
  b.in(a.w, a.at.w_size());
  b.out(a.dx, a.at.x_size());
}

void bind(Conv2dGradWeight& a, Fill fill, Binder& b) {
  b.in(a.dy, a.at.y_size(), fill);
  b.in(a.x, a.at.x_size(), {Fill::active});
  if (a.accumulate) {
    b.inout(a.dw, a.at.w_size()), b.inout(a.db, a.at.k);
  } else {
    b.out(a.dw, a.at.w_size()), b.out(a.db, a.at.k);
  }
}

void bind(Relu& a, Fill fill, Binder& b) {
  if (a.x == a.y) {
    b.inout(a.y, a.size, fill);
    a.x = a.y;
  } else {
    b.in(a.x, a.size, fill), b.out(a.y, a.size);
  }
}

void bind(ReluGrad& a, Fill fill, Binder& b) {
  b.in(a.y, a.size, fill);
  if (a.dy == a.dx) {
    b.inout(a.dx, a.size);
    a.dy = a.dx;
  } else {
    b.in(a.dy, a.size), b.out(a.dx, a.size);
  }
}

void bind(Add& a, Fill fill, Binder& b) { b.in(a.x, a.size, fill), b.inout(a.y, a.size); }

void bind(Scale& a, Fill fill, Binder& b) { b.inout(a.x, a.size, fill); }

void bind(L2Norm& a, Fill fill, Binder& b) { b.in(a.x, a.size, fill), b.out(a.norm, 1); }

void bind(BiasGrad& a, Fill fill, Binder& b) {
  b.in(a.dy, int64_t{a.rows} * a.k, fill);
  a.accumulate ? b.inout(a.db, a.k) : b.out(a.db, a.k);
}

void bind(Dropout& a, Fill fill, Binder& b) {
  if (a.x == a.y) {
    b.inout(a.y, a.size, fill);
    a.x = a.y;
  } else {
    b.in(a.x, a.size, fill), b.out(a.y, a.size);
  }
}

void bind(MaxPool& a, Fill fill, Binder& b) {
  const int64_t out = area(a.n, a.h / 2, a.w / 2, a.c);
  b.in(a.x, area(a.n, a.h, a.w, a.c), fill);
  b.out(a.y, out), b.out(a.argmax, argmax_bytes(out / a.c, a.c));
}

void bind(MaxPoolGrad& a, Fill fill, Binder& b) {
  const int64_t out = area(a.n, a.h / 2, a.w / 2, a.c);
  b.in(a.dy, out, fill), b.in(a.argmax, argmax_bytes(out / a.c, a.c), {Fill::whole, 256});
  b.out(a.dx, area(a.n, a.h, a.w, a.c));
}

void bind(GlobalAvgPool& a, Fill fill, Binder& b) {
  b.in(a.x, area(a.n, a.h, a.w, a.c), fill), b.out(a.y, area(a.n, 1, 1, a.c));
}

void bind(GlobalAvgPoolGrad& a, Fill fill, Binder& b) {
  b.in(a.dy, area(a.n, 1, 1, a.c), fill), b.out(a.dx, area(a.n, a.h, a.w, a.c));
}

void bind(ToBf16& a, Fill fill, Binder& b) { b.in(a.x, a.size, fill), b.out(a.y, a.size); }

void bind(FromBf16& a, Fill fill, Binder& b) { b.in(a.x, a.size, fill), b.out(a.y, a.size); }

void bind(SoftmaxLoss& a, Fill fill, Binder& b) {
  const int64_t size = int64_t{a.rows} * a.classes;
  b.in(a.logits, size, fill), b.in(a.label, a.rows, {Fill::whole, a.classes});
  b.in(a.class_weight, a.classes, {Fill::positive});
  b.out(a.loss, a.rows), b.out(a.probs, size), b.out(a.dlogits, size);
}

void bind(Adam& a, Fill fill, Binder& b) {
  b.inout(a.w, a.size), b.inout(a.m, a.size, fill);
  b.inout(a.v, a.size, {fill.kind == Fill::zeros ? Fill::zeros : Fill::positive});
  b.in(a.g, a.size, fill);
}

void bind(Sgd& a, Fill fill, Binder& b) {
  b.inout(a.w, a.size), b.inout(a.velocity, a.size), b.in(a.g, a.size, fill);
}

void bind(PrepareImages& a, Fill, Binder& b) {
  b.in(a.rgb, a.pixels * 3, {Fill::whole, 256}), b.out(a.x, a.pixels * 3);
}

void bind(PrepareImagesBf16& a, Fill, Binder& b) {
  b.in(a.rgb, a.pixels * 3, {Fill::whole, 256}), b.out(a.x, a.pixels * 4);
}

}  // namespace graft::test
