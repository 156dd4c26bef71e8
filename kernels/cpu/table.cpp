// The only list of CPU variants, in order of preference.
#include "kernels/cpu/table.h"

#include "kernels/cpu/conv.h"
#include "kernels/cpu/pointwise.h"
#include "kernels/cpu/winograd.h"

namespace graft::cpu {

Tables tables() {
  Tables t;
  t.relu.add({"simd", Precision::f32, any_size, no_workspace, relu});
  t.relu_grad.add({"simd", Precision::f32, any_size, no_workspace, relu_grad});
  t.add.add({"simd", Precision::f32, any_size, no_workspace, add});
  t.bias_grad.add({"simd", Precision::f32, any_size, sum_rows_workspace, bias_grad});
  t.dropout.add({"scalar", Precision::f32, any_size, no_workspace, dropout});
  t.maxpool.add({"simd", Precision::f32, any_size, no_workspace, maxpool});
  t.maxpool_grad.add({"simd", Precision::f32, any_size, no_workspace, maxpool_grad});
  t.global_avgpool.add({"simd", Precision::f32, any_size, sum_rows_workspace, global_avgpool});
  t.global_avgpool_grad.add({"simd", Precision::f32, any_size, no_workspace, global_avgpool_grad});
  t.softmax_loss.add({"double", Precision::f32, any_size, no_workspace, softmax_loss});
  t.adam.add({"simd", Precision::f32, any_size, no_workspace, adam});
  t.sgd.add({"simd", Precision::f32, any_size, no_workspace, sgd});
  t.prepare_images.add({"lookup", Precision::f32, any_size, no_workspace, prepare_images});
  t.gemm.add({"blocked", Precision::f32, any_size, no_workspace, gemm_blocked});
  t.conv2d.add({"winograd", Precision::f32, winograd_supports, winograd_workspace, conv2d_winograd});
  t.conv2d.add({"direct", Precision::f32, direct_supports, direct_workspace, conv2d_direct});
  t.conv2d.add({"im2col", Precision::f32, any_size, no_workspace, conv2d_im2col});
  t.conv2d_grad_input.add(
      {"winograd", Precision::f32, winograd_supports, winograd_workspace, conv2d_grad_input_winograd});
  t.conv2d_grad_input.add({"direct", Precision::f32, direct_supports, direct_workspace, conv2d_grad_input_direct});
  t.conv2d_grad_input.add({"im2col", Precision::f32, any_size, no_workspace, conv2d_grad_input_im2col});
  t.conv2d_grad_weight.add({"outer", Precision::f32, any_size, outer_workspace, conv2d_grad_weight_outer});
  return t;
}

}  // namespace graft::cpu
