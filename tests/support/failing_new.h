// Replaces operator new of the test binary, to make allocations fail and to count them.
#pragma once

namespace graft {

// During its lifetime, allocation number `at` (from 1) through operator new, of any thread, throws std::bad_alloc;
// with `all_after`, so do all after it.
class FailingNew {
 public:
  explicit FailingNew(long at, bool all_after = false);
  ~FailingNew();
  FailingNew(const FailingNew&) = delete;
  FailingNew& operator=(const FailingNew&) = delete;
};

// Returns whether an allocation has failed since the last FailingNew was constructed.
bool new_has_failed();

// Returns the number of calls of operator new so far, by all threads: a measure of work independent of the machine.
long allocations();

}  // namespace graft
