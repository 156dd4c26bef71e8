// Memory that is allocated from a device or the system in large segments, and kept: allocation is slow (cudaMalloc
// waits for the device, the host's system clears every page again), and a training step asks for the same sizes in
// the same order every time. Freed blocks are reused; after the first steps no more segments are allocated. Only
// the policy, on top of two functions, so that it can be tested on the host.
#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <utility>

namespace graft {

class Arena {
 public:
  // Every block starts and ends at a multiple of this. (Segments must, too.)
  static constexpr size_t kAlign = 512;
  // Blocks up to kSmall come from separate segments, so that a label does not fragment the place of an activation.
  static constexpr size_t kSmall = size_t{1} << 20, kSmallSegment = size_t{8} << 20,
                          kLargeSegment = size_t{64} << 20;

  struct Source {
    void* (*take)(size_t bytes);  // null if there is no more
    void (*give)(void* p);
  };
  struct Use {
    size_t used = 0;    // by blocks, rounded up
    size_t held = 0;    // taken from the source
    size_t peak = 0;    // maximum of `used`
    int64_t takes = 0;  // how often a segment was taken
  };

  // What happens to unused segments when a new one is allocated: they are kept until memory runs out, or given back
  // first, so that `held` hardly exceeds the peak of `used`.
  enum class Keep { until_full, until_short };
  explicit Arena(Source source, Keep keep = Keep::until_full) : source_(source), keep_(keep) {}
  ~Arena();
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  // Null if the source has no more, even after unused segments were given back. Throws std::bad_alloc if its own
  // lists get no memory, and has changed nothing then.
  void* alloc(size_t bytes);
  void release(void* p);  // of a block in use, or null; needs no memory
  void trim();            // gives unused segments back
  const Use& use() const { return use_; }

 private:
  using Free = std::set<std::pair<size_t, std::byte*>>;  // by size: the first that is large enough is the best fit
  struct Block {
    size_t bytes;
    bool free, first;  // first: of a segment
    bool small;
    Free::node_type place = {};  // in the list of free blocks, kept while in use: giving back never needs memory
  };
  using Blocks = std::map<std::byte*, Block>;  // by address; a segment's blocks are neighbours without gaps

  Free& free_of(const Block& b) { return free_[b.small]; }
  Blocks::iterator find_free(size_t bytes, bool small);
  Blocks::iterator take_segment(size_t bytes, bool small);
  Blocks::iterator add_free(std::byte* at, size_t bytes, bool first, bool small);
  void use_part(Blocks::iterator block, size_t bytes);
  void put_back(Blocks::iterator block);
  void merge_with_next(Blocks::iterator block);

  Source source_;
  Keep keep_;
  Blocks blocks_;
  Free free_[2];
  Use use_;
};

}  // namespace graft
