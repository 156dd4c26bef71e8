#include "engine/audit/near_duplicates.h"

#include "engine/base/threads.h"

namespace graft {
namespace {

constexpr int kPartners = 20;

}  // namespace

NearPairs find_near_duplicates(const std::vector<const PerceptualHash*>& images, int bits, int threads) {
  const int count = static_cast<int>(images.size());
  struct Row {
    std::vector<NearPair> pairs;
    int64_t omitted = 0;
  };
  std::vector<Row> rows(images.size());
  parallel_for(images.size(), threads, [&](size_t row) {
    const int a = static_cast<int>(row);
    for (int b = a + 1; b < count; ++b) {
      const int d = distance(*images[a], *images[b]);
      if (d > bits) continue;
      const double grays = difference(*images[a], *images[b]);
      if (grays > kNearDifference) continue;
      if (rows[a].pairs.size() < kPartners)
        rows[a].pairs.push_back({a, b, d, grays});
      else
        ++rows[a].omitted;
    }
    return true;
  });
  NearPairs found;
  for (const Row& row : rows) {
    found.pairs.insert(found.pairs.end(), row.pairs.begin(), row.pairs.end());
    found.omitted += row.omitted;
  }
  return found;
}

}  // namespace graft
