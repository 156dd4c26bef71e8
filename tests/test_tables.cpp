// The choice of a kernel: order, preference, and no silent fall-back.
#include <doctest/doctest.h>

#include <set>

#include "kernels/api/backend.h"

using namespace graft;

namespace {

bool even_only(const Relu& a, const DeviceInfo&) { return a.size % 2 == 0; }
bool never(const Relu&, const DeviceInfo&) { return false; }
void nothing(const Relu&, void*, Stream&) {}

OpTable<Relu> three_rows() {
  OpTable<Relu> table;
  table.add({"pairs", Precision::f32, even_only, no_workspace, nothing});
  table.add({"plain", Precision::f32, any_size, no_workspace, nothing});
  table.add({"late", Precision::f32, any_size, no_workspace, nothing});
  return table;
}

template <class F>
void check_error(Fault fault, std::initializer_list<const char*> words, const F& f) {
  try {
    f();
    FAIL("nothing was thrown");
  } catch (const Error& e) {
    CHECK(e.fault() == fault);
    for (const char* word : words)
      CHECK_MESSAGE(std::string(e.what()).find(word) != std::string::npos, std::string(e.what()));
  }
}

}  // namespace

TEST_CASE("table: the first row that supports the sizes wins") {
  const OpTable<Relu> table = three_rows();
  CHECK(table.select({2}, {}).name == std::string("pairs"));
  CHECK(table.select({3}, {}).name == std::string("plain"));
}

TEST_CASE("table: a preferred row is taken, and never replaced in silence") {
  OpTable<Relu> table = three_rows();
  table.prefer("late");
  CHECK(table.select({2}, {}).name == std::string("late"));
  table.prefer("pairs");
  CHECK(table.select({2}, {}).name == std::string("pairs"));
  check_error(Fault::usage, {"relu=pairs", "does not support"}, [&] { table.select({3}, {}); });
}

TEST_CASE("table: an unknown name is a usage error that lists the known ones and changes nothing") {
  OpTable<Relu> table = three_rows();
  table.prefer("late");
  check_error(Fault::usage, {"'fast'", "relu", "pairs, plain, late"}, [&] { table.prefer("fast"); });
  CHECK(table.preferred() == "late");
  check_error(Fault::usage, {"''"}, [&] { table.prefer(""); });
}

TEST_CASE("table: sizes that no row supports are a bug of ours") {
  OpTable<Relu> table;
  check_error(Fault::bug, {"relu", "some device"}, [&] { table.select({1}, {"some device"}); });
  table.add({"never", Precision::f32, never, no_workspace, nothing});
  check_error(Fault::bug, {"relu"}, [&] { table.select({1}, {}); });
}

TEST_CASE("backend: by name, auto, and an error that lists what there is") {
  CHECK(find_backend("cpu").name == std::string("cpu"));
  CHECK(find_backend("auto").absent_because == nullptr);
  check_error(Fault::usage, {"'tpu'", "auto", "cpu"}, [] { find_backend("tpu"); });
}

TEST_CASE("backend: every table has rows, with names of their own") {
  for (Backend* backend : backends()) {
    if (backend->absent_because) continue;
    for_each_op(backend->tables, [&](const auto& table) {
      using Args = typename std::decay_t<decltype(table)>::args;
      std::set<std::string> names;
      for (const auto& v : table.all())
        CHECK_MESSAGE(names.insert(v.name).second, fmt::format("{}/{} twice", Args::kName, v.name));
      CHECK_MESSAGE(!names.empty(), fmt::format("{} has no kernel for {}", backend->name, Args::kName));
    });
  }
}
