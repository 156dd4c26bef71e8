// cp.async, as late as a GPU may do it: the bytes are read and written at the wait. Until then the destination is
// NaN, so that a forgotten wait, or a buffer that is still being read, shows in the result.
#include <algorithm>
#include <cstring>

#include "kernels/api/error.h"
#include "kernels/emu/block.h"
#include "kernels/emu/guarded.h"

namespace graft::emu {

void Block::copy_later(void* to, const void* from, bool valid, Where where) {
  if (!shared_.holds(to, 16))
    fail(Fault::bug, "cp.async at {}: the destination is not in shared memory", line(where));
  if (reinterpret_cast<uintptr_t>(to) % 16 || (valid && reinterpret_cast<uintptr_t>(from) % 16))
    fail(Fault::bug, "cp.async at {}: an address is not aligned to 16 bytes", line(where));
  if (valid && off_limits(from, 16)) fail(Fault::bug, "cp.async at {} reads outside of its buffer", line(where));
  std::memset(to, 0xFF, 16);
  Thread& thread = threads_[current_];
  thread.copies.push_back({to, from, valid});
  ++thread.uncommitted;
}

void Block::commit_copies() {
  Thread& thread = threads_[current_];
  thread.groups.push_back(thread.uncommitted);
  thread.uncommitted = 0;
}

void Block::wait_copies(int groups_left) {
  Thread& thread = threads_[current_];
  size_t done = 0, groups = 0;
  while (thread.groups.size() - groups > static_cast<size_t>(std::max(groups_left, 0))) {
    done += static_cast<size_t>(thread.groups[groups++]);
  }
  if (groups_left < 0) done = thread.copies.size(), thread.uncommitted = 0;
  for (size_t i = 0; i < done; ++i) {
    const Copy& c = thread.copies[i];
    if (c.valid) {
      std::memcpy(c.to, c.from, 16);
    } else {
      std::memset(c.to, 0, 16);
    }
  }
  thread.copies.erase(thread.copies.begin(), thread.copies.begin() + static_cast<ptrdiff_t>(done));
  thread.groups.erase(thread.groups.begin(), thread.groups.begin() + static_cast<ptrdiff_t>(groups));
}

}  // namespace graft::emu
