// The only list of device variants, in order of preference; shared by the GPU and the emulator. Full f32 comes
// first.
#include "kernels/device/launchers.h"
#include "kernels/device/table.h"

namespace graft::DEVICE_NS {

Tables tables() {
  using enum Precision;
  Tables t;
  t.relu.add({"wide", f32, any_size, no_workspace, relu});
  t.relu_grad.add({"wide", f32, any_size, no_workspace, relu_grad});
  t.add.add({"wide", f32, any_size, no_workspace, add});
  t.scale.add({"wide", f32, any_size, no_workspace, scale});
  t.l2_norm.add({"blocks", f32, any_size, l2_norm_workspace, l2_norm});
  t.bias_grad.add({"columns", f32, any_size, bias_grad_workspace, bias_grad});
  t.dropout.add({"philox", f32, any_size, no_workspace, dropout});
  t.maxpool.add({"window", f32, any_size, no_workspace, maxpool});
  t.maxpool_grad.add({"window", f32, any_size, no_workspace, maxpool_grad});
  t.global_avgpool.add({"columns", f32, any_size, no_workspace, global_avgpool});
  t.global_avgpool_grad.add({"wide", f32, any_size, no_workspace, global_avgpool_grad});
  t.softmax_loss.add({"warp", f32, any_size, no_workspace, softmax_loss});
  t.adam.add({"wide", f32, any_size, no_workspace, adam});
  t.sgd.add({"wide", f32, any_size, no_workspace, sgd});
  t.prepare_images.add({"wide", f32, any_size, no_workspace, prepare_images});
  t.prepare_images_bf16.add({"wide", f32, any_size, no_workspace, prepare_images_bf16});
  t.to_bf16.add({"wide", f32, any_size, no_workspace, to_bf16});
  t.from_bf16.add({"wide", f32, any_size, no_workspace, from_bf16});
  t.gemm.add({"register", f32, any_size, gemm_register_workspace, gemm_register});
  t.gemm.add({"tiled", f32, any_size, no_workspace, gemm_tiled});
  t.gemm.add({"naive", f32, any_size, no_workspace, gemm_naive});
  t.gemm.add({"mma_tf32", tf32, any_size, gemm_mma_workspace, gemm_mma_tf32});
  t.gemm.add({"mma_bf16", bf16, any_size, gemm_mma_workspace, gemm_mma_bf16});
  t.conv2d.add({"first_layer", f32, conv2d_first_layer_supports, no_workspace, conv2d_first_layer});
  t.conv2d.add({"implicit", f32, conv2d_implicit_supports, no_workspace, conv2d_implicit});
  t.conv2d.add({"direct", f32, any_size, no_workspace, conv2d_direct});
  t.conv2d.add({"mma_tf32", tf32, conv2d_implicit_supports, no_workspace, conv2d_mma_tf32});
  t.conv2d.add({"mma_bf16", bf16, conv2d_implicit_supports, no_workspace, conv2d_mma_bf16});
  t.conv2d_bf16.add({"first_layer", bf16, conv2d_bf16_first_layer_supports, no_workspace, conv2d_bf16_first_layer});
  t.conv2d_bf16.add({"mma", bf16, conv2d_bf16_mma_supports, no_workspace, conv2d_bf16_mma});
  t.conv2d_bf16.add({"direct", bf16, any_size, no_workspace, conv2d_bf16_direct});
  t.conv2d_grad_input.add(
      {"implicit", f32, conv2d_grad_input_implicit_supports, no_workspace, conv2d_grad_input_implicit});
  t.conv2d_grad_input.add({"direct", f32, any_size, no_workspace, conv2d_grad_input_direct});
  t.conv2d_grad_input.add(
      {"mma_tf32", tf32, conv2d_grad_input_implicit_supports, no_workspace, conv2d_grad_input_mma_tf32});
  t.conv2d_grad_input.add(
      {"mma_bf16", bf16, conv2d_grad_input_implicit_supports, no_workspace, conv2d_grad_input_mma_bf16});
  t.conv2d_grad_weight.add({"implicit", f32, conv2d_grad_weight_implicit_supports,
                            conv2d_grad_weight_implicit_workspace, conv2d_grad_weight_implicit});
  t.conv2d_grad_weight.add(
      {"direct", f32, any_size, conv2d_grad_weight_direct_workspace, conv2d_grad_weight_direct});
  t.conv2d_grad_weight.add({"mma_tf32", tf32, conv2d_grad_weight_implicit_supports,
                            conv2d_grad_weight_mma_workspace, conv2d_grad_weight_mma_tf32});
  t.conv2d_grad_weight.add({"mma_bf16", bf16, conv2d_grad_weight_implicit_supports,
                            conv2d_grad_weight_mma_workspace, conv2d_grad_weight_mma_bf16});
  return t;
}

// Strings are concatenated because nvcc cannot compile the format strings of fmt 9.
void refuse_grid(int64_t x, int64_t y) {
  throw Error(Fault::resources, "a kernel of " + std::to_string(x) + "x" + std::to_string(y) +
                                    " blocks is more than a GPU can count (2^31-1 x 65535); use a smaller batch");
}

}  // namespace graft::DEVICE_NS
