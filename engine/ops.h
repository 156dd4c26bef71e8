// The differentiable ops: forward and backward side by side in ops.cpp. Shapes as in kernels/api/ops.h; a shape
// mismatch is an error that names both shapes.
#pragma once
#include "engine/tape.h"

namespace graft {

// x [n,h,w,c], w [r,s,c,k], b [k] -> [n,p,q,k], with the sizes, padding and stride of `at`.
Var conv2d(Tape& tape, const Var& x, const Var& w, const Var& b, const Conv2dShape& at, bool relu);

// x [n,in], w [in,out], b [out] -> [n,out]
Var linear(Tape& tape, const Var& x, const Var& w, const Var& b, bool relu);

Var maxpool(Tape& tape, const Var& x);         // [n,h,w,c] -> [n,h/2,w/2,c]
Var global_avgpool(Tape& tape, const Var& x);  // [n,h,w,c] -> [n,c]
Var flatten(Tape& tape, const Var& x);         // [n,h,w,c] -> [n,h*w*c], a view, in Keras' order
Var relu(Tape& tape, const Var& x);

// Inverted dropout; the mask is a function of (seed, stream, element), see kernels/api/ops.h.
Var dropout(Tape& tape, const Var& x, float rate, uint64_t seed, uint64_t stream);

// The target of the softmax, as in PyTorch's cross_entropy(weight, label_smoothing, reduction="mean"); the formula
// is in kernels/api/ops.h.
struct LossOptions {
  float smoothing = 0;  // share of the target that is spread over all classes; [0, 1)
  Tensor class_weight;  // f32 [classes]; undefined: all 1
  double divisor = 0;   // for the mean: the sum of the labels' class weights; 0: the number of rows
};

// Cross-entropy of softmax(logits [n,classes]) and labels i32 [n] -> loss of each row [n]. It is the root of the
// tape: backward() differentiates the sum of the rows over options.divisor. probs, if given, receives the softmax
// [n,classes]. Throws Error (a bug) if class_weight is not [classes].
Var softmax_loss(Tape& tape, const Var& logits, const Tensor& labels, Tensor* probs = nullptr,
                 const LossOptions& options = {});

// softmax(logits [n,classes]) -> [n,classes]: probabilities for output, not recorded on a tape.
Tensor softmax(const Tensor& logits);

}  // namespace graft
