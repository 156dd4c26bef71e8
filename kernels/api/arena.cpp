#include "kernels/api/arena.h"

#include <algorithm>
#include <iterator>

#include "kernels/api/error.h"

namespace graft {
namespace {

size_t rounded(size_t bytes, size_t to) { return (bytes + to - 1) / to * to; }

}  // namespace

Arena::~Arena() {
  for (const auto& [p, block] : blocks_)
    if (block.first) source_.give(p);
}

void* Arena::alloc(size_t bytes) {
  if (bytes > SIZE_MAX / 2) return nullptr;  // so that nothing below overflows
  bytes = rounded(std::max<size_t>(bytes, 1), kAlign);
  const bool small = bytes <= kSmall;
  auto block = find_free(bytes, small);
  if (block == blocks_.end()) block = take_segment(bytes, small);
  if (block == blocks_.end()) return nullptr;
  free_of(block->second).erase({block->second.bytes, block->first});
  block->second.free = false;
  split(block, bytes);
  use_.used += block->second.bytes;
  use_.peak = std::max(use_.peak, use_.used);
  return block->first;
}

Arena::Blocks::iterator Arena::find_free(size_t bytes, bool small) {
  const auto best = free_[small].lower_bound({bytes, nullptr});
  return best == free_[small].end() ? blocks_.end() : blocks_.find(best->second);
}

// What remains of a segment beyond the request serves others; where memory is short, exactly the request will do.
Arena::Blocks::iterator Arena::take_segment(size_t bytes, bool small) {
  constexpr size_t kPage = size_t{2} << 20;  // of cudaMalloc, and huge pages of the host
  size_t size = rounded(std::max(bytes, small ? kSmallSegment : kLargeSegment), kPage);
  if (keep_ == Keep::until_short) trim();
  void* p = source_.take(size);
  if (!p) {
    trim();
    p = source_.take(size);
  }
  if (!p && size > bytes) p = source_.take(size = bytes);
  if (!p) return blocks_.end();
  use_.held += size;
  ++use_.takes;
  auto* at = static_cast<std::byte*>(p);
  free_[small].emplace(size, at);
  return blocks_.emplace(at, Block{.bytes = size, .free = true, .first = true, .small = small}).first;
}

// A rest that no request of this pool would want stays with the block.
void Arena::split(Blocks::iterator block, size_t bytes) {
  Block& b = block->second;
  const size_t rest = b.bytes - bytes;
  if (rest < (b.small ? kAlign : kSmall)) return;
  b.bytes = bytes;
  std::byte* at = block->first + bytes;
  blocks_.emplace(at, Block{.bytes = rest, .free = true, .first = false, .small = b.small});
  free_of(b).emplace(rest, at);
}

void Arena::release(void* p) {
  if (!p) return;
  const auto block = blocks_.find(static_cast<std::byte*>(p));
  require(block != blocks_.end() && !block->second.free, "memory is given back that is not in use");
  use_.used -= block->second.bytes;
  block->second.free = true;
  merge_with_next(block);
  if (block->second.first || !std::prev(block)->second.free) {
    free_of(block->second).emplace(block->second.bytes, block->first);
  } else {
    const auto before = std::prev(block);
    free_of(before->second).erase({before->second.bytes, before->first});
    before->second.bytes += block->second.bytes;
    free_of(before->second).emplace(before->second.bytes, before->first);
    blocks_.erase(block);
  }
}

// The block itself is not in the list of free blocks yet.
void Arena::merge_with_next(Blocks::iterator block) {
  const auto next = std::next(block);
  if (next == blocks_.end() || next->second.first || !next->second.free) return;
  free_of(next->second).erase({next->second.bytes, next->first});
  block->second.bytes += next->second.bytes;
  blocks_.erase(next);
}

void Arena::trim() {
  for (auto block = blocks_.begin(); block != blocks_.end();) {
    const auto next = std::next(block);
    const bool whole = block->second.first && (next == blocks_.end() || next->second.first);
    if (whole && block->second.free) {
      free_of(block->second).erase({block->second.bytes, block->first});
      use_.held -= block->second.bytes;
      source_.give(block->first);
      blocks_.erase(block);
    }
    block = next;
  }
}

}  // namespace graft
