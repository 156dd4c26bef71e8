// The only list of CPU variants, in order of preference.
#include "kernels/cpu/table.h"

#include "kernels/cpu/bf16.h"
#include "kernels/cpu/conv/conv.h"
#include "kernels/cpu/conv/winograd.h"
#include "kernels/cpu/gemm/gemm.h"
#include "kernels/cpu/pointwise.h"

namespace graft::cpu {

const OpTable<Conv2d>& conv2d_rows() {
  static const OpTable<Conv2d> rows = [] {
    OpTable<Conv2d> t;
    t.add({"winograd", Precision::f32, winograd_supports, winograd_workspace, conv2d_winograd});
    t.add({"shallow", Precision::f32, shallow_supports, shallow_workspace, conv2d_shallow});
    t.add({"direct", Precision::f32, direct_supports, direct_workspace, conv2d_direct});
    t.add({"im2col", Precision::f32, im2col_supports, no_workspace, conv2d_im2col});
    t.add({"then_pool", Precision::f32, then_pool_supports, then_pool_workspace, conv2d_then_pool});
    return t;
  }();
  return rows;
}

Tables tables() {
  Tables t;
  t.relu.add({"simd", Precision::f32, any_size, no_workspace, relu});
  t.relu_grad.add({"simd", Precision::f32, any_size, no_workspace, relu_grad});
  t.add.add({"simd", Precision::f32, any_size, no_workspace, add});
  t.scale.add({"exact", Precision::f32, any_size, no_workspace, scale});
  t.l2_norm.add({"simd", Precision::f32, any_size, l2_norm_workspace, l2_norm});
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
  t.prepare_images_bf16.add({"lookup", Precision::f32, any_size, no_workspace, prepare_images_bf16});
  t.to_bf16.add({"simd", Precision::f32, any_size, no_workspace, to_bf16});
  t.from_bf16.add({"simd", Precision::f32, any_size, no_workspace, from_bf16});
  t.gemm.add({"blocked", Precision::f32, any_size, no_workspace, gemm_blocked});
  t.conv2d = conv2d_rows();
  t.conv2d_bf16.add({"widened", Precision::bf16, any_size, widened_workspace, conv2d_bf16_widened});
  t.conv2d_grad_input.add(
      {"winograd", Precision::f32, winograd_supports, winograd_workspace, conv2d_grad_input_winograd});
  t.conv2d_grad_input.add({"direct", Precision::f32, direct_supports, direct_workspace, conv2d_grad_input_direct});
  t.conv2d_grad_input.add({"im2col", Precision::f32, any_size, no_workspace, conv2d_grad_input_im2col});
  t.conv2d_grad_weight.add(
      {"winograd", Precision::f32, winograd_supports, winograd_workspace, conv2d_grad_weight_winograd});
  t.conv2d_grad_weight.add({"outer", Precision::f32, any_size, outer_workspace, conv2d_grad_weight_outer});
  return t;
}

}  // namespace graft::cpu
