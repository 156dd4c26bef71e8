// Everything that several threads may do at the same time, for ThreadSanitizer.
#include <doctest/doctest.h>

#include <barrier>
#include <thread>

#include "engine/audit/audit.h"
#include "engine/audit/near_duplicates.h"
#include "engine/base/hash.h"
#include "engine/base/printable.h"
#include "engine/data/preprocess.h"
#include "engine/image/image.h"
#include "engine/image/inspect.h"
#include "models/features/feature_files.h"
#include "tests/support/faulty_dataset.h"
#include "tests/support/memory_device.h"
#include "tests/support/places.h"
#include "weights/checkpoint.h"

using namespace graft;
namespace fs = std::filesystem;

namespace {

constexpr int kThreads = 4;

// Runs work(t) in threads that start together.
void at_once(const std::function<void(int)>& work) {
  std::barrier begin(kThreads);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t)
    threads.emplace_back([&, t] {
      begin.arrive_and_wait();
      work(t);
    });
  for (std::thread& thread : threads) thread.join();
}

std::vector<fs::path> golden_images() {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(golden_folder() / "images"))
    if (entry.path().extension() != ".txt") files.push_back(entry.path());
  std::ranges::sort(files);
  return files;
}

}  // namespace

TEST_CASE("threads decode, inspect and hash the same files of every kind") {
  const std::vector<fs::path> files = golden_images();
  REQUIRE(files.size() > 20);
  std::vector<std::vector<std::string>> messages(kThreads);
  at_once([&](int t) {
    for (const fs::path& file : files) {
      const ImageFacts facts = inspect_image(file);
      const Image image = decode_image(file, {.levels = Levels{0, 4095}});
      messages[size_t(t)].push_back(facts.digest + facts.pixels + facts.error + printable(file) +
                                    std::to_string(image.w) + sha256_file(file));
    }
  });
  for (const auto& of_thread : messages) CHECK(of_thread == messages[0]);
}

TEST_CASE("threads inspect a folder of images together and find near-duplicates") {
  const test::FaultyDataset set;
  for (int i = 0; i < 24; ++i) set.image("a/" + std::to_string(i) + ".png", uint64_t(i / 2));
  set.file("a/broken.png", "no image");
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(set.at("a"))) files.push_back(entry.path());
  std::ranges::sort(files);
  int64_t last_done = 0;
  const auto facts =
      inspect_images(files, InspectDepth::hashes, kThreads, [&](int64_t done) { return last_done = done, true; });
  CHECK(last_done == std::ssize(files));
  std::vector<const PerceptualHash*> hashes;
  for (const ImageFacts& f : facts)
    if (f.error.empty()) hashes.push_back(&f.perceptual_hash);
  CHECK(find_near_duplicates(hashes, kNearDistance, kThreads).pairs.size() == 12);
}

TEST_CASE("threads add to one feature cache and read what others have added") {
  const Scratch scratch;
  constexpr size_t kRow = 256;
  const auto key = [](int i) { return sha256("image " + std::to_string(i)); };
  at_once([&](int t) {
    for (int round = 0; round < 5; ++round) {
      FeatureFiles files(scratch.path(), {{"model", "tiny"}}, kRow);
      const std::vector<std::string> keys = {key(round), key(100 + 10 * t + round)};
      std::vector<int> rows = files.find(keys);
      for (size_t i = 0; i < keys.size(); ++i) {
        if (rows[i] >= 0) continue;
        const std::vector<std::byte> row(kRow, std::byte(i == 0 ? round : 100 + 10 * t + round));
        rows[i] = files.append(keys[i], row);
      }
      files.flush();
      std::vector<std::byte> row(kRow);
      for (size_t i = 0; i < keys.size(); ++i) {
        files.read(rows[i], row);
        CHECK(row[0] == std::byte(i == 0 ? round : 100 + 10 * t + round));
      }
    }
  });
}

TEST_CASE("threads save checkpoints concurrently, each with two more threads") {
  const Scratch scratch;
  std::vector<float> values(100000);
  for (size_t i = 0; i < values.size(); ++i) values[i] = float(i);
  at_once([&](int t) {
    Device& device = test::memory_device();
    std::vector<std::pair<std::string, Tensor>> tensors;
    for (int i = 0; i < 6; ++i)
      tensors.emplace_back("t" + std::to_string(i), Tensor::from_host(device, {100000}, values));
    const fs::path path = scratch.path() / (std::to_string(t) + ".graft");
    for (int step = 0; step < 3; ++step) save_checkpoint(path, {{"step", step}}, tensors);
    const Checkpoint read = load_checkpoint(path);
    CHECK(read.state.at("step") == 2);
    CHECK(std::ranges::equal(read.find("t5").f32(), values));
  });
}
