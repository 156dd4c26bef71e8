// Memory that runs out, and work that is counted: operator new of the test binary, which can be told to fail.
#pragma once

namespace graft {

// From construction to the end of its life the allocation number `at` (from 1) that any thread makes through
// operator new throws std::bad_alloc; with `on`, all behind it too.
class FailingNew {
 public:
  explicit FailingNew(long at, bool on = false);
  ~FailingNew();
  FailingNew(const FailingNew&) = delete;
  FailingNew& operator=(const FailingNew&) = delete;
};

// Has one failed since the last FailingNew was made?
bool new_has_failed();

// How often operator new was called so far, by all threads: a measure of work that is the same on every machine.
long allocations();

}  // namespace graft
