// Failing allocations, each in turn: the caller gets std::bad_alloc or Error (resources). They never terminate the
// process, neither in a thread nor in a destructor, and leave nothing half done.
#include <doctest/doctest.h>

#include <array>
#include <functional>
#include <thread>

#include "engine/audit/near_duplicates.h"
#include "engine/base/threads.h"
#include "engine/data/loader.h"
#include "engine/image/inspect.h"
#include "kernels/api/arena.h"
#include "kernels/api/backend.h"
#include "tests/support/captured.h"
#include "tests/support/failing_new.h"
#include "tests/support/places.h"
#include "tests/support/program.h"
#include "tests/support/scratch.h"
#include "tools/terminal/failure.h"
#include "tools/terminal/progress_line.h"
#include "tools/terminal/terminal.h"

using namespace graft;
namespace fs = std::filesystem;

namespace {

// Fails one allocation after the other until the work succeeds; step: tests only every step-th allocation.
void fail_everywhere(const std::function<void()>& work, bool all_after, long step = 1) {
  for (long at = 1;; at += step) {
    bool thrown = false;
    {
      const FailingNew failing(at, all_after);
      try {
        work();
      } catch (const std::bad_alloc&) {
        thrown = true;
      } catch (const Error& e) {
        thrown = e.fault() == Fault::resources;
      }
    }
    if (!new_has_failed()) return;
    CHECK_MESSAGE((thrown || !all_after), "allocation ", at);
  }
}

std::vector<Sample> draw_samples(const Scratch& scratch) {
  draw_stripes(scratch.path(), {"a", "b"}, 6);
  std::vector<Sample> samples;
  for (const auto& entry : fs::recursive_directory_iterator(scratch.path() / "train"))
    if (entry.is_regular_file()) samples.push_back({entry.path(), 0});
  for (const char* other : {"progressive.jpg", "interlaced.png", "bits.bmp", "grey.ppm", "grey16.png", "cmyk.jpg"})
    samples.push_back({golden_folder() / "images" / other, 1});
  return samples;
}

}  // namespace

TEST_CASE("an arena without memory for its lists is unchanged, and can free without any") {
  constexpr size_t kSizes[] = {1000, 300'000, 2'000'000, 5000, 700'000, 3'000'000, 100'000'000, 20'000};
  for (long at = 1; at < 60; ++at) {
    Arena arena({std::malloc, std::free});
    std::array<void*, std::size(kSizes)> blocks{};
    {
      const FailingNew failing(at, true);
      try {
        for (size_t i = 0; i < blocks.size(); ++i) blocks[i] = arena.alloc(kSizes[i]);
      } catch (const std::bad_alloc&) {
      }
      for (const size_t i : {1, 0, 5, 2, 7, 3, 4, 6}) arena.release(blocks[i]);
    }
    CHECK(arena.use().used == 0);
    std::array<void*, std::size(kSizes)> again{};
    for (size_t i = 0; i < again.size(); ++i) REQUIRE((again[i] = arena.alloc(kSizes[i])) != nullptr);
    for (void* p : again) arena.release(p);
    arena.trim();
    CHECK(arena.use().held == 0);
  }
}

TEST_CASE("a loader without memory reports it, whichever of its threads fails") {
  const Scratch scratch;
  const std::vector<Sample> samples = draw_samples(scratch);
  std::vector<int> order(samples.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = int(i);
  const Preprocess preprocess = [] {
    Preprocess p;
    p.size = 24;
    return p;
  }();
  for (const bool all_after : {false, true})
    fail_everywhere(
        [&] {
          Loader loader(samples, order, 4, preprocess, {.threads = 3});
          int seen = 0;
          for (Batch batch; loader.next(batch);) seen += batch.n;
          require(seen + int(loader.bad_images().size()) == int(samples.size()), "{} images", seen);
          for (const BadImage& bad : loader.bad_images()) require(false, "an image is blamed: {}", bad.message);
        },
        all_after, 7);
}

TEST_CASE("inspecting and comparing images without memory never blames an image") {
  const Scratch scratch;
  std::vector<fs::path> files;
  for (const Sample& sample : draw_samples(scratch)) files.push_back(sample.path);
  const std::vector<ImageFacts> facts =
      inspect_images(files, InspectDepth::hashes, 2, [](int64_t) { return true; });
  std::vector<const PerceptualHash*> hashes;
  for (const ImageFacts& f : facts)
    if (f.error.empty()) hashes.push_back(&f.perceptual_hash);
  for (const bool all_after : {false, true}) {
    fail_everywhere(
        [&] {
          for (const ImageFacts& f : inspect_images(files, InspectDepth::hashes, 3, [](int64_t) { return true; }))
            require(f.error.empty(), "an image is blamed: {}", f.error);
        },
        all_after, 5);
    fail_everywhere([&] { find_near_duplicates(hashes, 256, 3); }, all_after);
  }
}

TEST_CASE("progress lines without memory are omitted") {
  terminal().progress_seconds = 0.001;
  const Scratch scratch;
  const Redirected lines(stderr, scratch.path() / "lines");  // on a terminal no thread would print
  for (long at = 1; at < 8; ++at) {
    try {
      ProgressLine progress("a task with a name of some length", 100, {.first_line = 0.001});
      const FailingNew failing(at, true);
      while (!new_has_failed()) std::this_thread::yield();
    } catch (const std::bad_alloc&) {
    }
  }
  terminal().progress_seconds = Terminal().progress_seconds;
}

TEST_CASE("the exception of the first failing thread is thrown to the caller") {
  for (const int threads : {0, 1, 4}) {
    std::vector<std::atomic<int>> calls(100);
    parallel_for(calls.size(), threads, [&](size_t i) { return ++calls[i], true; });
    for (const std::atomic<int>& n : calls) CHECK(n == 1);
    std::atomic<int> begun = 0;
    parallel_for(1000, threads, [&](size_t) { return ++begun < 10; });
    CHECK((begun >= 10 && begun < 1000));
    CHECK_THROWS_WITH_AS(parallel_for(9, threads, [](size_t) -> bool { fail(Fault::data, "no"); }), "no", Error);
    parallel_for(0, threads, [](size_t) -> bool { fail(Fault::bug, "called for nothing"); });
  }
}

TEST_CASE("an error of the system is an Error (resources) with its reason, not a bug") {
  const auto failure = [](const std::exception& e) { return failure_of(e); };
  CHECK(failure(Error(Fault::data, "x")).fault() == Fault::data);
  CHECK(failure(std::bad_alloc()).fault() == Fault::resources);
  const fs::filesystem_error denied("status", "/a/b\x1b", std::make_error_code(std::errc::permission_denied));
  CHECK(failure(denied).fault() == Fault::resources);
  CHECK(std::string(failure(denied).what()) ==
        "/a/b\\x1b: Permission denied; check its permissions and those of the folders above it");
  const fs::filesystem_error name("status", "/a", std::make_error_code(std::errc::filename_too_long));
  CHECK(std::string(failure(name).what()) == "/a: File name too long; choose a shorter name");
  const std::system_error thread(std::make_error_code(std::errc::resource_unavailable_try_again));
  CHECK(std::string(failure(thread).what()).find("no more threads") != std::string::npos);
  CHECK(failure(std::runtime_error("x")).fault() == Fault::bug);
  CHECK(std::string(failure(std::runtime_error("x")).what()) == "x (a bug of ours, please report it)");
}
