// The matrix product as a row of its table. multiply-inl.h and tile-inl.h explain how it works.
#pragma once
#include "kernels/api/table.h"

namespace graft::cpu {

void gemm_blocked(const Gemm& a, void* workspace, Stream&);

}  // namespace graft::cpu
