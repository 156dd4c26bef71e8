#include "engine/ops.h"

namespace graft {
namespace {

void check_shape(bool ok, const char* op, const Shape& x, const Shape& w) {
  require(ok, "{}: {} does not fit {}", op, x, w);
}

// Backward through a fused ReLU, in place: dy becomes the gradient of its input.
void relu_grad_in_place(const Tensor& y, const Tensor& dy) {
  dy.device().run(ReluGrad{.size = dy.size(), .y = y.f32(), .dy = dy.f32(), .dx = dy.f32()});
}

}  // namespace

Var conv2d(Tape& tape, const Var& x, const Var& w, const Var& b, const Conv2dShape& at, bool relu) {
  check_shape(x.value.shape() == Shape{at.n, at.h, at.w, at.c}, "conv2d", x.value.shape(),
              {at.n, at.h, at.w, at.c});
  check_shape(w.value.shape() == Shape{at.r, at.s, at.c, at.k}, "conv2d", w.value.shape(),
              {at.r, at.s, at.c, at.k});
  Device& device = x.value.device();
  const Tensor y = Tensor::empty(device, {at.n, at.p(), at.q(), at.k});
  device.run(
      Conv2d{.at = at, .x = x.value.f32(), .w = w.value.f32(), .bias = b.value.f32(), .y = y.f32(), .relu = relu});
  return tape.record(y, {x, w, b}, [=, &device, x = x.value, w = w.value](Tensor dy, Grads& grads) {
    if (relu) relu_grad_in_place(y, dy);
    if (grads.wanted(1)) {  // kernel and bias of a layer are frozen or trained together
      const auto dw = grads.parameter(1), db = grads.parameter(2);
      device.run(Conv2dGradWeight{.at = at,
                                  .dy = dy.f32(),
                                  .x = x.f32(),
                                  .dw = dw.grad.f32(),
                                  .db = db.grad.f32(),
                                  .accumulate = dw.accumulate});
    }
    if (grads.wanted(0)) {  // not at the first trained layer
      const Tensor dx = Tensor::empty(device, x.shape());
      device.run(Conv2dGradInput{.at = at, .dy = dy.f32(), .w = w.f32(), .dx = dx.f32()});
      grads.give(0, dx);
    }
  });
}

Var linear(Tape& tape, const Var& x, const Var& w, const Var& b, bool relu) {
  const Shape &xs = x.value.shape(), &ws = w.value.shape();
  check_shape(xs.rank() == 2 && ws.rank() == 2 && xs[1] == ws[0], "linear", xs, ws);
  const int n = xs.extent(0), in = ws.extent(0), out = ws.extent(1);
  Device& device = x.value.device();
  const Tensor y = Tensor::empty(device, {n, out});
  device.run(Gemm{.m = n,
                  .n = out,
                  .k = in,
                  .a = x.value.f32(),
                  .b = w.value.f32(),
                  .bias = b.value.f32(),
                  .c = y.f32(),
                  .relu = relu});
  return tape.record(y, {x, w, b}, [=, &device, x = x.value, w = w.value](Tensor dy, Grads& grads) {
    if (relu) relu_grad_in_place(y, dy);
    if (grads.wanted(1)) {
      const auto dw = grads.parameter(1), db = grads.parameter(2);
      device.run(Gemm{.m = in,
                      .n = out,
                      .k = n,
                      .ta = true,
                      .a = x.f32(),
                      .b = dy.f32(),
                      .c = dw.grad.f32(),
                      .accumulate = dw.accumulate});
      device.run(BiasGrad{.rows = n, .k = out, .dy = dy.f32(), .db = db.grad.f32(), .accumulate = db.accumulate});
    }
    if (grads.wanted(0)) {
      const Tensor dx = Tensor::empty(device, x.shape());
      device.run(Gemm{.m = n, .n = in, .k = out, .tb = true, .a = dy.f32(), .b = w.f32(), .c = dx.f32()});
      grads.give(0, dx);
    }
  });
}

Var maxpool(Tape& tape, const Var& x) {
  const Shape& s = x.value.shape();
  require(s.rank() == 4, "maxpool: input {} is not n,h,w,c", s);
  Device& device = x.value.device();
  const Shape out{s[0], s[1] / 2, s[2] / 2, s[3]};
  const Tensor y = Tensor::empty(device, out);
  const Tensor argmax =
      x.tracked() ? Tensor::empty(device, {argmax_bytes(out.size() / out[3], out[3])}, DType::u8) : Tensor();
  device.run(MaxPool{.n = s.extent(0),
                     .h = s.extent(1),
                     .w = s.extent(2),
                     .c = s.extent(3),
                     .x = x.value.f32(),
                     .y = y.f32(),
                     .argmax = x.tracked() ? argmax.u8() : nullptr});
  return tape.record(y, {x}, [=, &device](Tensor dy, Grads& grads) {
    const Tensor dx = Tensor::empty(device, s);
    device.run(MaxPoolGrad{.n = s.extent(0),
                           .h = s.extent(1),
                           .w = s.extent(2),
                           .c = s.extent(3),
                           .dy = dy.f32(),
                           .argmax = argmax.u8(),
                           .dx = dx.f32()});
    grads.give(0, dx);
  });
}

Var global_avgpool(Tape& tape, const Var& x) {
  const Shape& s = x.value.shape();
  require(s.rank() == 4, "global_avgpool: input {} is not n,h,w,c", s);
  Device& device = x.value.device();
  const Tensor y = Tensor::empty(device, {s[0], s[3]});
  device.run(GlobalAvgPool{
      .n = s.extent(0), .h = s.extent(1), .w = s.extent(2), .c = s.extent(3), .x = x.value.f32(), .y = y.f32()});
  return tape.record(y, {x}, [=, &device](Tensor dy, Grads& grads) {
    const Tensor dx = Tensor::empty(device, s);
    device.run(GlobalAvgPoolGrad{
        .n = s.extent(0), .h = s.extent(1), .w = s.extent(2), .c = s.extent(3), .dy = dy.f32(), .dx = dx.f32()});
    grads.give(0, dx);
  });
}

Var flatten(Tape& tape, const Var& x) {
  const Shape& s = x.value.shape();
  return tape.record(x.value.reshape({s[0], s.size() / s[0]}), {x},
                     [=](Tensor dy, Grads& grads) { grads.give(0, dy.reshape(s)); });
}

Var relu(Tape& tape, const Var& x) {
  Device& device = x.value.device();
  const Tensor y = Tensor::empty(device, x.value.shape());
  device.run(Relu{.size = y.size(), .x = x.value.f32(), .y = y.f32()});
  return tape.record(y, {x}, [=](Tensor dy, Grads& grads) {
    relu_grad_in_place(y, dy);
    grads.give(0, dy);
  });
}

Var dropout(Tape& tape, const Var& x, float rate, uint64_t seed, uint64_t stream) {
  Device& device = x.value.device();
  const auto drop = [=, &device](const Tensor& from, const Tensor& to) {
    device.run(
        Dropout{.size = from.size(), .rate = rate, .seed = seed, .stream = stream, .x = from.f32(), .y = to.f32()});
  };
  const Tensor y = Tensor::empty(device, x.value.shape());
  drop(x.value, y);
  return tape.record(y, {x}, [=](Tensor dy, Grads& grads) {
    drop(dy, dy);  // the same mask, generated again
    grads.give(0, dy);
  });
}

Var softmax_loss(Tape& tape, const Var& logits, const Tensor& labels, Tensor* probs, const LossOptions& options) {
  const Shape& s = logits.value.shape();
  check_shape(s.rank() == 2 && labels.size() == s[0], "softmax_loss", s, labels.shape());
  const Tensor& weight = options.class_weight;
  check_shape(!weight.defined() || weight.size() == s[1], "class weights", s, weight.shape());
  Device& device = logits.value.device();
  const Tensor loss = Tensor::empty(device, {s[0]});
  const Tensor dlogits = logits.tracked() ? Tensor::empty(device, s) : Tensor();
  if (probs) *probs = Tensor::empty(device, s);
  device.run(SoftmaxLoss{.rows = s.extent(0),
                         .classes = s.extent(1),
                         .logits = logits.value.f32(),
                         .label = labels.i32(),
                         .loss = loss.f32(),
                         .probs = probs ? probs->f32() : nullptr,
                         .dlogits = dlogits.defined() ? dlogits.f32() : nullptr,
                         .scale = options.divisor > 0 ? float(1 / options.divisor) : 1.0f / float(s[0]),
                         .smoothing = options.smoothing,
                         .class_weight = weight.defined() ? weight.f32() : nullptr});
  return tape.record(loss, {logits}, [=](Tensor dy, Grads& grads) {
    require(!dy.defined(), "softmax_loss must be the root of the tape");
    grads.give(0, dlogits);
  });
}

Tensor softmax(const Tensor& logits) {
  const Shape& s = logits.shape();
  check_shape(s.rank() == 2, "softmax", s, {});
  const Tensor probs = Tensor::empty(logits.device(), s);
  logits.device().run(
      SoftmaxLoss{.rows = s.extent(0), .classes = s.extent(1), .logits = logits.f32(), .probs = probs.f32()});
  return probs;
}

}  // namespace graft
