// OpenBLAS as the yardstick of matrix products. Reads jobs from standard input, one per line, "gemm M N K TA TB"
// (TA, TB: 1 where an operand is transposed), and answers each with a line of JSON. Started by compare_onednn.py.
#include <cblas.h>

#include <exception>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "bench/peers/peer.h"

namespace {

using nlohmann::json;

double time_job(const std::string& line) {
  std::istringstream job(line.substr(line.find(' ') + 1));
  return graft::bench::time_gemm(
      job, [](int64_t m, int64_t n, int64_t k, bool ta, bool tb, const float* a, const float* b, float* c) {
        const auto size = [](int64_t value) { return static_cast<blasint>(value); };
        cblas_sgemm(CblasRowMajor, ta ? CblasTrans : CblasNoTrans, tb ? CblasTrans : CblasNoTrans, size(m), size(n),
                    size(k), 1, a, size(ta ? m : k), b, size(tb ? k : n), 0, c, size(n));
      });
}

}  // namespace

int main() {
  const std::string build = openblas_get_config();  // "OpenBLAS 0.3.21 ... SkylakeX MAX_THREADS=64"
  std::cout << json{{"peer", build.substr(0, build.find(' ', build.find(' ') + 1))},
                    {"build", build},
                    {"threads", openblas_get_num_threads()}}
            << std::endl;
  for (std::string line; std::getline(std::cin, line);) try {
      std::cout << json{{"ms", time_job(line)}} << std::endl;
    } catch (const std::exception& e) {
      std::cout << json{{"error", e.what()}} << std::endl;
    }
}
