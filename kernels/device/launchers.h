// The host side of every kernel: one function per row of the table. Arguments have passed validate(); the workspace
// has the bytes that the row asks for. Nothing waits: the work is queued on the stream.
#pragma once
#include "kernels/device/portable.h"

namespace graft::DEVICE_NS {

#define GRAFT_LAUNCHER(Args, name) void name(const Args& a, void* workspace, Stream& stream)
GRAFT_LAUNCHER(Relu, relu);
GRAFT_LAUNCHER(ReluGrad, relu_grad);
GRAFT_LAUNCHER(Add, add);
GRAFT_LAUNCHER(Scale, scale);
GRAFT_LAUNCHER(L2Norm, l2_norm);
GRAFT_LAUNCHER(BiasGrad, bias_grad);
GRAFT_LAUNCHER(Dropout, dropout);
GRAFT_LAUNCHER(MaxPool, maxpool);
GRAFT_LAUNCHER(MaxPoolGrad, maxpool_grad);
GRAFT_LAUNCHER(GlobalAvgPool, global_avgpool);
GRAFT_LAUNCHER(GlobalAvgPoolGrad, global_avgpool_grad);
GRAFT_LAUNCHER(SoftmaxLoss, softmax_loss);
GRAFT_LAUNCHER(Adam, adam);
GRAFT_LAUNCHER(Sgd, sgd);
GRAFT_LAUNCHER(PrepareImages, prepare_images);
GRAFT_LAUNCHER(PrepareImagesBf16, prepare_images_bf16);
GRAFT_LAUNCHER(ToBf16, to_bf16);
GRAFT_LAUNCHER(FromBf16, from_bf16);

GRAFT_LAUNCHER(Gemm, gemm_naive);
GRAFT_LAUNCHER(Gemm, gemm_tiled);
GRAFT_LAUNCHER(Gemm, gemm_register);
GRAFT_LAUNCHER(Gemm, gemm_mma_tf32);
GRAFT_LAUNCHER(Gemm, gemm_mma_bf16);
GRAFT_LAUNCHER(Conv2d, conv2d_direct);
GRAFT_LAUNCHER(Conv2d, conv2d_first_layer);
GRAFT_LAUNCHER(Conv2d, conv2d_implicit);
GRAFT_LAUNCHER(Conv2d, conv2d_mma_tf32);
GRAFT_LAUNCHER(Conv2d, conv2d_mma_bf16);
GRAFT_LAUNCHER(Conv2dBf16, conv2d_bf16_direct);
GRAFT_LAUNCHER(Conv2dBf16, conv2d_bf16_first_layer);
GRAFT_LAUNCHER(Conv2dBf16, conv2d_bf16_mma);
GRAFT_LAUNCHER(Conv2dGradInput, conv2d_grad_input_direct);
GRAFT_LAUNCHER(Conv2dGradInput, conv2d_grad_input_implicit);
GRAFT_LAUNCHER(Conv2dGradInput, conv2d_grad_input_mma_tf32);
GRAFT_LAUNCHER(Conv2dGradInput, conv2d_grad_input_mma_bf16);
GRAFT_LAUNCHER(Conv2dGradWeight, conv2d_grad_weight_direct);
GRAFT_LAUNCHER(Conv2dGradWeight, conv2d_grad_weight_implicit);
GRAFT_LAUNCHER(Conv2dGradWeight, conv2d_grad_weight_mma_tf32);
GRAFT_LAUNCHER(Conv2dGradWeight, conv2d_grad_weight_mma_bf16);
#undef GRAFT_LAUNCHER

bool conv2d_first_layer_supports(const Conv2d& a, const DeviceInfo&);
bool conv2d_implicit_supports(const Conv2d& a, const DeviceInfo&);
bool conv2d_bf16_first_layer_supports(const Conv2dBf16& a, const DeviceInfo&);
bool conv2d_bf16_mma_supports(const Conv2dBf16& a, const DeviceInfo&);
bool conv2d_grad_input_implicit_supports(const Conv2dGradInput& a, const DeviceInfo&);
bool conv2d_grad_weight_implicit_supports(const Conv2dGradWeight& a, const DeviceInfo&);

// conv2d_bf16_mma has several tiles and picks one by the sizes. The choice does not change the bits of the result.
constexpr int kConvBf16Tiles = 5;
int conv2d_bf16_mma_tile(const Conv2dBf16& a);
void conv2d_bf16_mma(const Conv2dBf16& a, int tile, Stream& stream);

size_t l2_norm_workspace(const L2Norm& a);
size_t bias_grad_workspace(const BiasGrad& a);
size_t gemm_register_workspace(const Gemm& a);
size_t gemm_mma_workspace(const Gemm& a);
size_t conv2d_grad_weight_implicit_workspace(const Conv2dGradWeight& a);
size_t conv2d_grad_weight_mma_workspace(const Conv2dGradWeight& a);
size_t conv2d_grad_weight_direct_workspace(const Conv2dGradWeight& a);

}  // namespace graft::DEVICE_NS
