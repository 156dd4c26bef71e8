// The memory-bound kernels: one row each, any size. How they work stands in the files of their names.
#pragma once
#include "kernels/api/table.h"

namespace graft::cpu {

#define GRAFT_POINTWISE_OPS(X)              \
  X(Relu, relu)                             \
  X(ReluGrad, relu_grad)                    \
  X(Add, add)                               \
  X(BiasGrad, bias_grad)                    \
  X(Dropout, dropout)                       \
  X(MaxPool, maxpool)                       \
  X(MaxPoolGrad, maxpool_grad)              \
  X(GlobalAvgPool, global_avgpool)          \
  X(GlobalAvgPoolGrad, global_avgpool_grad) \
  X(SoftmaxLoss, softmax_loss)              \
  X(Adam, adam)                             \
  X(Sgd, sgd)                               \
  X(PrepareImages, prepare_images)

#define GRAFT_DECLARE(Args, op) void op(const Args& a, void* workspace, Stream&);
GRAFT_POINTWISE_OPS(GRAFT_DECLARE)
#undef GRAFT_DECLARE

size_t sum_rows_workspace(const BiasGrad& a);
size_t sum_rows_workspace(const GlobalAvgPool& a);

}  // namespace graft::cpu
