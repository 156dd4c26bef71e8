// The reference as a backend with one variant per op, so that the engine and the models can be tested without the
// kernels of a real backend.
#pragma once
#include "kernels/api/backend.h"
#include "kernels/reference/reference.h"

namespace graft::test {

template <class Args>
void run_reference(const Args& a, void*, Stream&) {
  reference::run(a);
}

inline const Backend& reference_backend() {
  static Backend backend = [] {
    Backend b = cpu_backend();  // for its memory
    b.name = "reference";
    b.tables = {};
    for_each_op(b.tables, [](auto& table) {
      using Args = typename std::remove_reference_t<decltype(table)>::args;
      table.add({"reference", Precision::f32, any_size<Args>, no_workspace<Args>, run_reference<Args>});
    });
    return b;
  }();
  return backend;
}

}  // namespace graft::test
