// The memory-bound kernels: one row each, any size. The source files of the same names explain how they work.
#pragma once
#include "kernels/api/table.h"

namespace graft::cpu {

void relu(const Relu& a, void* workspace, Stream&);
void relu_grad(const ReluGrad& a, void* workspace, Stream&);
void add(const Add& a, void* workspace, Stream&);
void scale(const Scale& a, void* workspace, Stream&);
void l2_norm(const L2Norm& a, void* workspace, Stream&);
void bias_grad(const BiasGrad& a, void* workspace, Stream&);
void dropout(const Dropout& a, void* workspace, Stream&);
void maxpool(const MaxPool& a, void* workspace, Stream&);
void maxpool_grad(const MaxPoolGrad& a, void* workspace, Stream&);
void global_avgpool(const GlobalAvgPool& a, void* workspace, Stream&);
void global_avgpool_grad(const GlobalAvgPoolGrad& a, void* workspace, Stream&);
void softmax_loss(const SoftmaxLoss& a, void* workspace, Stream&);
void adam(const Adam& a, void* workspace, Stream&);
void sgd(const Sgd& a, void* workspace, Stream&);
void prepare_images(const PrepareImages& a, void* workspace, Stream&);
void prepare_images_bf16(const PrepareImagesBf16& a, void* workspace, Stream&);

size_t l2_norm_workspace(const L2Norm& a);
size_t sum_rows_workspace(const BiasGrad& a);
size_t sum_rows_workspace(const GlobalAvgPool& a);

}  // namespace graft::cpu
