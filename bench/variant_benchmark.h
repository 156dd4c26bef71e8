// Times the variants of one op on one case in turn, all on the same buffers. Before timing, each variant must agree
// with another one; afterwards it must give the same bits as before.
#pragma once
#include <map>
#include <memory>

#include "bench/check.h"
#include "bench/memory.h"
#include "bench/report.h"
#include "bench/sets.h"
#include "bench/timing.h"
#include "kernels/api/policy.h"
#include "kernels/testing/cases.h"

namespace graft::bench {

template <class Args>
class VariantBenchmark {
 public:
  // `small`: the same case, small enough to be recomputed by another backend, possibly the emulator.
  VariantBenchmark(const Backend& backend, const test::Case<Args>& c, const test::Case<Args>& small, bool sparse)
      : backend_(backend), small_(small), scratch_(backend) {
    do {
      memory_.push_back(std::make_unique<Memory>(backend, sparse));
      args_.push_back(c.args);
      bind(args_.back(), c.fill, *memory_.back());
    } while (memory_.size() < sets_for(memory_[0]->bytes_in_all()));
    validate(args_[0]);
    size_t bytes = 0;
    for (const Variant<Args>& v : table_of(backend.tables, c.args).all())
      if (v.supports(args_[0], backend.info)) rows_.push_back(&v), bytes = std::max(bytes, v.workspace(args_[0]));
    workspace_ = scratch_.workspace(bytes);
  }

  const std::vector<const Variant<Args>*>& rows() const { return rows_; }
  int buffers() const { return static_cast<int>(memory_.size()); }
  Work work(const Variant<Args>& v) const { return {flops(args_[0]), bytes(args_[0]), v.precision}; }

  void launch(const Variant<Args>& v, int i) {
    Stream stream;
    v.run(args_[static_cast<size_t>(i) % args_.size()], workspace_, stream);
  }

  // Returns "" or what is wrong; sets `against` to the name of the variant that it was compared with.
  std::string check(const Variant<Args>& v, std::string& against) {
    const std::vector<Sample>& got = first_[&v] = once(v);
    if (!finite(got)) return "an output is not finite";
    if (const Variant<Args>* other = partner(v)) {
      against = other->name;
      return difference(got, first_.contains(other) ? first_[other] : first_[other] = once(*other),
                        tolerance(v.precision) + tolerance(other->precision));
    }
    return check_small(v, against);
  }
  std::string check_again(const Variant<Args>& v) {
    return difference(once(v), first_[&v], 0).empty() ? "" : "other bits after many runs";
  }

 private:
  std::vector<Sample> once(const Variant<Args>& v) {
    memory_[0]->reset();
    launch(v, 0);
    backend_.sync();
    return memory_[0]->samples();
  }

  // The most precise other variant.
  const Variant<Args>* partner(const Variant<Args>& v) const {
    const Variant<Args>* best = nullptr;
    for (const Variant<Args>* other : rows_)
      if (other != &v && (!best || tolerance(other->precision) < tolerance(best->precision))) best = other;
    return best;
  }

  // An op's only variant is compared with one of another backend, at the small size.
  std::string check_small(const Variant<Args>& v, std::string& against) {
    const Backend& other = std::string_view(backend_.name) == "cpu" ? emu_backend() : cpu_backend();
    against = "nothing";
    if (other.absent_because || !v.supports(small_.args, backend_.info)) return "";
    const Variant<Args>& row = select(other, {}, small_.args);
    against = fmt::format("{}, small", other.name);
    return difference(small_samples(backend_, v), small_samples(other, row),
                      tolerance(v.precision) + tolerance(row.precision));
  }
  // The marks of a case are aligned like all memory of a backend, so the result of supports() for `small_` holds.
  std::vector<Sample> small_samples(const Backend& backend, const Variant<Args>& v) {
    Memory memory(backend);
    Args a = small_.args;
    bind(a, small_.fill, memory);
    Stream stream;
    v.run(a, memory.workspace(v.workspace(a)), stream);
    backend.sync();
    return memory.samples();
  }

  const Backend& backend_;
  test::Case<Args> small_;
  Memory scratch_;
  std::vector<std::unique_ptr<Memory>> memory_;
  std::vector<Args> args_;
  std::vector<const Variant<Args>*> rows_;
  std::map<const Variant<Args>*, std::vector<Sample>> first_;
  void* workspace_ = nullptr;
};

}  // namespace graft::bench
