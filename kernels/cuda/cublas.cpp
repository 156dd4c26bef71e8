// gemm by cuBLAS. cuBLAS is column-major: our c = a * b is its c' = b' * a', and a row-major matrix already is its
// transpose. Bias and ReLU are a second kernel, included in its time.
#include "kernels/cuda/vendor.h"

#if __has_include(<cublas_v2.h>)
#include <cublas_v2.h>

#include "kernels/cuda/library.h"
#include "kernels/device/rearrange.h"

namespace graft::cuda {
namespace {

struct Cublas {
  Library library{"libcublas.so.13", "libcublas.so.12"};
  cublasStatus_t (*create)(cublasHandle_t*) = nullptr;
  cublasStatus_t (*set_stream)(cublasHandle_t, cudaStream_t) = nullptr;
  cublasStatus_t (*gemm)(cublasHandle_t, cublasOperation_t, cublasOperation_t, int m, int n, int k,
                         const void* alpha, const void* a, cudaDataType, int lda, const void* b, cudaDataType,
                         int ldb, const void* beta, void* c, cudaDataType, int ldc, cublasComputeType_t,
                         cublasGemmAlgo_t) = nullptr;
  const char* (*text)(cublasStatus_t) = nullptr;
  cublasHandle_t handle = nullptr;

  Cublas() {
    library.find(create, "cublasCreate_v2");
    library.find(set_stream, "cublasSetStream_v2");
    library.find(gemm, "cublasGemmEx");
    library.find(text, "cublasGetStatusString");
    if (*library.problem()) return;
    if (const cublasStatus_t status = create(&handle); status != CUBLAS_STATUS_SUCCESS)
      library.give_up(fmt::format("cublasCreate: {}", text(status)));
  }
  void check(cublasStatus_t status, const char* what) const {
    if (status == CUBLAS_STATUS_SUCCESS) return;
    fail(status == CUBLAS_STATUS_ALLOC_FAILED ? Fault::resources : Fault::bug, "cuBLAS: {}: {}", what,
         text(status));
  }
};

Cublas& cublas() {
  static Cublas& one = *new Cublas;  // at exit the driver may be gone before our destructors run
  return one;
}
const char* problem() { return cublas().library.problem(); }

template <cublasComputeType_t kCompute>
void run(const Gemm& a, void*, Stream& stream) {
  const Cublas& lib = cublas();
  const float one = 1, beta = a.accumulate ? 1 : 0;
  lib.check(lib.set_stream(lib.handle, static_cast<cudaStream_t>(stream.handle)), "cublasSetStream");
  lib.check(lib.gemm(lib.handle, a.tb ? CUBLAS_OP_T : CUBLAS_OP_N, a.ta ? CUBLAS_OP_T : CUBLAS_OP_N, a.n, a.m, a.k,
                     &one, a.b, CUDA_R_32F, a.tb ? a.k : a.n, a.a, CUDA_R_32F, a.ta ? a.m : a.k, &beta, a.c,
                     CUDA_R_32F, a.n, kCompute, CUBLAS_GEMM_DEFAULT),
            "cublasGemmEx");
  if (a.bias || a.relu) add_bias({a.m, a.n, a.bias, a.c, a.relu}, stream);
}

bool supports(const Gemm&, const DeviceInfo&) { return *problem() == '\0'; }

}  // namespace

void add_cublas(Tables& t) {
  using enum Precision;
  t.gemm.add({"cublas", f32, supports, no_workspace, run<CUBLAS_COMPUTE_32F_PEDANTIC>, problem});
  t.gemm.add({"cublas_tf32", tf32, supports, no_workspace, run<CUBLAS_COMPUTE_32F_FAST_TF32>, problem});
  t.gemm.add({"cublas_bf16", bf16, supports, no_workspace, run<CUBLAS_COMPUTE_32F_FAST_16BF>, problem});
}

}  // namespace graft::cuda
#else
namespace graft::cuda {
void add_cublas(Tables&) {}
}  // namespace graft::cuda
#endif
