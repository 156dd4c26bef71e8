#include "kernels/api/arena.h"

#include <algorithm>
#include <iterator>
#include <new>

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
  use_part(block, bytes);
  use_.used += block->second.bytes;
  use_.peak = std::max(use_.peak, use_.used);
  return block->first;
}

Arena::Blocks::iterator Arena::find_free(size_t bytes, bool small) {
  const auto best = free_[small].lower_bound({bytes, nullptr});
  return best == free_[small].end() ? blocks_.end() : blocks_.find(best->second);
}

// The rest of a segment serves other requests; if memory is short, exactly the request will do.
Arena::Blocks::iterator Arena::take_segment(size_t bytes, bool small) {
  constexpr size_t kPage = size_t{2} << 20;  // of cudaMalloc, and of the host's huge pages
  size_t size = rounded(std::max(bytes, small ? kSmallSegment : kLargeSegment), kPage);
  if (keep_ == Keep::until_short) trim();
  void* p = source_.take(size);
  if (!p) {
    trim();
    p = source_.take(size);
  }
  if (!p && size > bytes) p = source_.take(size = bytes);
  if (!p) return blocks_.end();
  try {
    const auto block = add_free(static_cast<std::byte*>(p), size, true, small);
    use_.held += size;
    ++use_.takes;
    return block;
  } catch (const std::bad_alloc&) {
    source_.give(p);
    throw;
  }
}

// Inserts into both lists or neither.
Arena::Blocks::iterator Arena::add_free(std::byte* at, size_t bytes, bool first, bool small) {
  const auto place = free_[small].emplace(bytes, at).first;
  try {
    return blocks_.emplace(at, Block{.bytes = bytes, .free = true, .first = first, .small = small}).first;
  } catch (const std::bad_alloc&) {
    free_[small].erase(place);
    throw;
  }
}

// Takes the block from the free ones. A remainder too small for any request of this pool stays with it.
void Arena::use_part(Blocks::iterator block, size_t bytes) {
  Block& b = block->second;
  const size_t rest = b.bytes - bytes;
  const bool has_rest = rest >= (b.small ? kAlign : kSmall);
  if (has_rest) add_free(block->first + bytes, rest, false, b.small);
  b.place = free_of(b).extract({b.bytes, block->first});
  b.free = false;
  if (has_rest) b.bytes = bytes;
}

void Arena::release(void* p) {
  if (!p) return;
  const auto block = blocks_.find(static_cast<std::byte*>(p));
  require(block != blocks_.end() && !block->second.free, "memory is given back that is not in use");
  use_.used -= block->second.bytes;
  block->second.free = true;
  merge_with_next(block);
  if (block->second.first || !std::prev(block)->second.free) return put_back(block);
  const auto before = std::prev(block);
  before->second.place = free_of(before->second).extract({before->second.bytes, before->first});
  before->second.bytes += block->second.bytes;
  blocks_.erase(block);
  put_back(before);
}

// Adds it to the free blocks at its current size.
void Arena::put_back(Blocks::iterator block) {
  Block& b = block->second;
  b.place.value() = {b.bytes, block->first};
  free_of(b).insert(std::move(b.place));
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
