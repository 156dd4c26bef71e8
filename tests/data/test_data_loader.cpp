// Batches: order and contents for any number of threads, bad images, and no deadlock whenever a loader is destroyed.
#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <numeric>

#include "engine/base/hash.h"
#include "engine/base/rng.h"
#include "engine/data/loader.h"
#include "engine/image/png_writer.h"
#include "kernels/api/error.h"
#include "tests/support/scratch.h"

namespace graft::test {
namespace {

constexpr int kSize = 8;
constexpr size_t kImageBytes = 3 * kSize * kSize;

// Image i has the single colour (i, 2i, 3i) and the label i % 3. Broken ones are text.
class Images : public Scratch {
 public:
  explicit Images(int count, const std::vector<int>& broken = {}) {
    for (int i = 0; i < count; ++i) {
      const auto file = path() / (std::to_string(i) + ".png");
      Image image{5, 9, {}};
      for (int p = 0; p < 45; ++p)
        for (int c = 1; c <= 3; ++c) image.rgb.push_back(static_cast<uint8_t>(c * i));
      if (std::ranges::count(broken, i))
        std::ofstream(file) << "broken";
      else
        write_png(file, image);
      samples.push_back({file, i % 3});
    }
  }
  Loader loader(std::vector<int> order, int batch, LoaderOptions options = {}) const {
    return Loader(samples, std::move(order), batch, preprocess_preset("tutorial", kSize), options);
  }
  std::vector<Sample> samples;
};

std::vector<int> upto(int n) {
  std::vector<int> order(static_cast<size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  return order;
}

void check_batch(const Batch& batch, const std::vector<int>& samples) {
  REQUIRE(batch.samples == samples);
  CHECK(batch.n == static_cast<int>(samples.size()));
  REQUIRE(batch.rgb.size() == samples.size() * kImageBytes);
  REQUIRE(batch.labels.size() == samples.size());
  for (size_t i = 0; i < samples.size(); ++i) {
    CHECK(batch.labels[i] == samples[i] % 3);
    for (size_t p = 0; p < kImageBytes; ++p)
      if (batch.rgb[i * kImageBytes + p] != static_cast<uint8_t>((p % 3 + 1) * static_cast<size_t>(samples[i])))
        FAIL("image ", samples[i], " has a wrong byte ", p);
  }
}

}  // namespace

TEST_CASE("batches come in order, for any number of threads") {
  const Images images(23);
  const std::vector<int> order = shuffled(23, 1, 0);
  for (int threads : {0, 1, 2, 4, 9})
    for (int prefetch : {1, 2, 5, 100})
      for (int size : {1, 5, 23, 64}) {
        Loader loader = images.loader(order, size, {.threads = threads, .prefetch = prefetch});
        Batch batch;
        for (size_t at = 0; at < order.size(); at += static_cast<size_t>(size)) {
          REQUIRE(loader.next(batch));
          const auto begin = order.begin() + static_cast<std::ptrdiff_t>(at);
          check_batch(batch, {begin, begin + std::min<std::ptrdiff_t>(size, order.end() - begin)});
        }
        CHECK(!loader.next(batch));
        CHECK(batch.n == 0);
        CHECK(!loader.next(batch));
        CHECK(loader.bad_images().empty());
        CHECK(loader.waited_seconds() >= 0);
      }
}

TEST_CASE("a pass may be empty, or contain an image twice") {
  const Images images(3);
  Batch batch;
  Loader none = images.loader({}, 4);
  CHECK(!none.next(batch));
  Loader twice = images.loader({2, 2, 0}, 2);
  REQUIRE(twice.next(batch));
  check_batch(batch, {2, 2});
  REQUIRE(twice.next(batch));
  check_batch(batch, {0});
  CHECK_THROWS_AS(images.loader({3}, 1), Error);
  CHECK_THROWS_AS(images.loader({-1}, 1), Error);
}

TEST_CASE("bad images are skipped and listed once, and leave no gap") {
  const Images images(12, {0, 4, 5, 6, 7, 11});
  for (int threads : {1, 4}) {
    std::vector<int> order = upto(12);
    order.push_back(4);  // a second time
    order.push_back(1);
    Loader loader = images.loader(order, 4, {.threads = threads});
    Batch batch;
    REQUIRE(loader.next(batch));
    check_batch(batch, {1, 2, 3});
    REQUIRE(loader.next(batch));  // 4 ... 7 are all bad
    check_batch(batch, {8, 9, 10});
    REQUIRE(loader.next(batch));
    check_batch(batch, {1});
    CHECK(!loader.next(batch));
    std::vector<int> bad;
    for (const BadImage& b : loader.bad_images()) {
      bad.push_back(b.sample);
      CHECK(b.message.find(std::to_string(b.sample) + ".png: not an image") != std::string::npos);
    }
    CHECK(bad == std::vector<int>{0, 4, 5, 6, 7, 11});
  }
  const Images worst(3, {0, 1, 2});
  Loader loader = worst.loader(upto(3), 2);
  Batch batch;
  CHECK(!loader.next(batch));
  CHECK(loader.bad_images().size() == 3);
}

TEST_CASE("an inspected image has the same bytes, or ends the pass") {
  for (const char* change : {"removed", "changed", "touched"}) {
    Images images(12);
    for (Sample& s : images.samples) s.digest = sha256_file(s.path);
    const std::filesystem::path victim = images.samples[6].path;
    if (change == std::string("removed")) std::filesystem::remove(victim);
    if (change == std::string("changed"))  // by another valid image
      std::filesystem::copy_file(images.samples[7].path, victim, std::filesystem::copy_options::overwrite_existing);
    if (change == std::string("touched"))
      std::filesystem::last_write_time(victim, std::filesystem::file_time_type());
    for (const int threads : {1, 4}) {
      Loader loader = images.loader(upto(12), 4, {.threads = threads});
      Batch batch;
      REQUIRE(loader.next(batch));
      check_batch(batch, {0, 1, 2, 3});
      if (change == std::string("touched")) {
        REQUIRE(loader.next(batch));
        check_batch(batch, {4, 5, 6, 7});
        continue;
      }
      for (int again = 0; again < 2; ++again)
        CHECK_THROWS_WITH_AS(loader.next(batch),
                             doctest::Contains((std::string("6.png: it was ") + change).c_str()), Error);
    }
  }
}

TEST_CASE("a loader may be destroyed at any time") {
  const Images images(40, {7});
  for (int round = 0; round < 40; ++round) {
    Loader loader = images.loader(upto(40), 3, {.threads = 1 + round % 5, .prefetch = 1 + round % 3});
    Batch batch;
    for (int i = 0; i < round % 14; ++i) REQUIRE(loader.next(batch));
  }
}

TEST_CASE("a missing image is a bad image, and does not end the pass") {
  const Images images(4);
  std::filesystem::remove(images.samples[2].path);
  Loader loader = images.loader(upto(4), 4);
  Batch batch;
  REQUIRE(loader.next(batch));
  check_batch(batch, {0, 1, 3});
  CHECK(loader.bad_images().size() == 1);
}

}  // namespace graft::test
