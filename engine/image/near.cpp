#include "engine/image/near.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "engine/base/threads.h"
#include "engine/image/resize.h"

namespace graft {
namespace {

constexpr int kColumns = 17, kRows = 16, kPartners = 20;

}  // namespace

Look look_at(const Image& image) {
  const Image small = resize(image, kColumns, kRows, Interpolation::bilinear);
  Look look;
  for (size_t i = 0; i < look.gray.size(); ++i)
    look.gray[i] = static_cast<uint8_t>(
        (299 * small.rgb[3 * i] + 587 * small.rgb[3 * i + 1] + 114 * small.rgb[3 * i + 2] + 500) / 1000);
  for (size_t bit = 0; bit < 256; ++bit) {
    const size_t at = bit / 16 * kColumns + bit % 16;
    if (look.gray[at + 1] > look.gray[at] + 1) look.hash[bit / 64] |= uint64_t{1} << bit % 64;
  }
  return look;
}

double difference(const Look& a, const Look& b) {
  int64_t sum = 0, squares = 0;
  for (size_t i = 0; i < a.gray.size(); ++i) {
    const int d = a.gray[i] - b.gray[i];
    sum += d, squares += d * d;
  }
  const auto n = static_cast<double>(a.gray.size()), mean = static_cast<double>(sum) / n;
  return std::sqrt(std::max(0.0, static_cast<double>(squares) / n - mean * mean));
}

NearPairs find_near(const std::vector<const Look*>& looks, int bits, int threads) {
  const int count = static_cast<int>(looks.size());
  struct Row {
    std::vector<NearPair> pairs;
    int64_t left_out = 0;
  };
  std::vector<Row> rows(looks.size());
  parallel_for(looks.size(), threads, [&](size_t row) {
    const int a = static_cast<int>(row);
    for (int b = a + 1; b < count; ++b) {
      const int d = distance(*looks[a], *looks[b]);
      if (d > bits) continue;
      const double grays = difference(*looks[a], *looks[b]);
      if (grays > kNearDifference) continue;
      if (rows[a].pairs.size() < kPartners)
        rows[a].pairs.push_back({a, b, d, grays});
      else
        ++rows[a].left_out;
    }
    return true;
  });
  NearPairs found;
  for (const Row& row : rows) {
    found.pairs.insert(found.pairs.end(), row.pairs.begin(), row.pairs.end());
    found.left_out += row.left_out;
  }
  return found;
}

}  // namespace graft
