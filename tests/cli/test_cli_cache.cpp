// The feature cache on disk: equal losses, reuse by other runs, and no use of stale, truncated or damaged segments.
#include <doctest/doctest.h>

#include <algorithm>

#include "tests/cli/cli_fixture.h"

using namespace graft;
namespace fs = std::filesystem;

namespace {

struct Fixture : CliFixture {
  fs::path cache = scratch.path() / "cache";
  Fixture() : CliFixture({"circle", "line"}, 12, "--lr 1e-3 --epochs 2 ") {
    test_as_validation(data);
    for (const char* name : {"circle", "line"})  // different images from those of the test
      for (const auto& file : fs::directory_iterator(data / "val" / name)) {
        Image image{40, 36,
                    std::vector<uint8_t>(40 * 36 * 3, uint8_t(hash_name(name + file.path().filename().string())))};
        write_png(file.path(), image);
      }
  }
  Run train(const char* out, const std::string& options) const {
    fs::remove_all(at(out));
    return CliFixture::train(out, options);
  }
  Run cached(const char* out, const std::string& options) const {
    return train(out, "--cache file --cache-dir " + cache.string() + " " + options);
  }
  std::string history(const char* run) const { return slurp(scratch.path() / run / "history.csv"); }
  std::vector<fs::path> segments() const {
    std::vector<fs::path> all;
    for (const auto& file : fs::recursive_directory_iterator(cache))
      if (file.path().extension() == ".features") all.push_back(file.path());
    std::sort(all.begin(), all.end());
    return all;
  }
  int reused(const Run& run, const std::string& of) const {
    REQUIRE_MESSAGE(run.code == 0, run.output);
    const std::string word = "reused ";
    size_t at = 0;
    while ((at = run.output.find(word, at)) != run.output.npos) {
      int n = 0, all = 0;
      REQUIRE(std::sscanf(run.output.c_str() + at, "reused %d of %d", &n, &all) == 2);
      if (std::to_string(all) == of) return n;
      at += word.size();
    }
    FAIL("no report on " << of << ": " << run.output);
    return -1;
  }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture,
                  "cached on disk, in memory or not at all: the same losses; another head reuses the features") {
  for (const std::string unfreeze : {"none", "block5", "from=block3_conv1"}) {
    CAPTURE(unfreeze);
    const std::string options = "--head gap:8 --dropout 0.2 --unfreeze " + unfreeze;
    REQUIRE(train("off", options + " --cache off").code == 0);
    REQUIRE(train("memory", options).code == 0);
    CHECK(reused(cached("file", options + " --threads 1"), "24") == 0);
    CHECK(reused(cached("again", options + " --threads 4"), "24") == 24);
    for (const char* run : {"memory", "file", "again"}) CHECK(history(run) == history("off"));
    CHECK(reused(cached("other", "--head gap --batch 7 --unfreeze " + unfreeze), "24") == 24);
  }
  CHECK(segments().size() == 6);  // training and validation images, for each boundary
}

TEST_CASE_FIXTURE(Fixture, "after adding or changing an image, only its features are computed") {
  CHECK(reused(cached("run", ""), "24") == 0);
  fs::copy(data / "test/line/image0.png", data / "train/line/more.png");
  CHECK(reused(cached("more", ""), "25") == 24);
  fs::copy(data / "test/line/image1.png", data / "train/line/image3.png", fs::copy_options::overwrite_existing);
  CHECK(reused(cached("changed", ""), "25") == 24);
  REQUIRE(train("off", "--cache off").code == 0);
  CHECK(history("changed") == history("off"));
}

TEST_CASE_FIXTURE(Fixture, "features of another context are not used") {
  CHECK(reused(cached("run", ""), "24") == 0);
  CHECK(reused(cached("same", ""), "24") == 24);
  for (const char* other :
       {"--seed 2", "--preprocess tutorial", "--image-size 40", "--head flatten:8", "--kernel conv2d=direct",
        "--precision bf16", "--cache-precision bf16", "--augment keras-generator --augment-views 1"}) {
    CAPTURE(other);  // seed: with --weights none it changes the trunk
    const Run run = cached("other", other);
    if (run.code == 2 && run.output.find("no kernel") != run.output.npos) continue;
    CHECK(reused(run, "24") == 0);
  }
  CHECK(reused(cached("same", ""), "24") == 24);
}

TEST_CASE_FIXTURE(Fixture, "truncated, damaged or forged segments are removed and computed again") {
  CHECK(reused(cached("run", ""), "24") == 0);
  const auto all = segments();
  REQUIRE(all.size() == 2);
  const fs::path segment = fs::file_size(all[0]) > fs::file_size(all[1]) ? all[0] : all[1];  // the training images
  const std::string whole = slurp(segment);
  const auto with = [&](const std::string& bytes) {
    std::ofstream(segment, std::ios::binary) << bytes;
    const Run run = cached("again", "");
    CHECK_MESSAGE(run.output.find("note: ") != run.output.npos, run.output);
    CHECK(reused(run, "24") == 0);
    CHECK(history("again") == history("run"));
    CHECK(slurp(segment) == whole);  // the same contents and name as before
  };
  const auto flipped = [&](size_t at) {
    std::string bytes = whole;
    bytes[at] = char(bytes[at] ^ 4);
    return bytes;
  };
  for (const size_t length : {size_t{0}, size_t{50}, size_t{500}, whole.size() / 2, whole.size() - 1})
    with(whole.substr(0, length));
  for (const size_t at : {size_t{3}, size_t{9}, size_t{20}, size_t{40}, size_t{300}, whole.size() - 9})
    with(flipped(at));
  with(whole + "x");
  with(std::string(2000, '\xff'));
}

TEST_CASE_FIXTURE(Fixture, "two processes fill the same cache at once") {
  const std::string command = "vgg-finetune train " + data.string() + tiny("--epochs 2 --lr 1e-3") +
                              "--cache file --cache-dir " + cache.string() + " --out ";
  const Run both = shell(command + at("one") + " & one=$!; " + command + at("two") + " && wait $one");
  REQUIRE_MESSAGE(both.code == 0, both.output);
  CHECK(history("one") == history("two"));
  CHECK(reused(cached("three", ""), "24") == 24);
  CHECK(history("three") == history("one"));
}

// Simulates a machine with little memory by its /proc/meminfo.
TEST_CASE_FIXTURE(Fixture, "features that exceed the memory go to files") {
  const fs::path meminfo = scratch.path() / "meminfo";
  const auto with = [&](const std::string& command) {
    return shell("unshare -m sh -c 'mount --bind " + meminfo.string() + " /proc/meminfo && " + command + "'");
  };
  std::ofstream(meminfo) << "MemAvailable: 16384 kB\n";
  if (with("true").code != 0) {
    MESSAGE("cannot mount over /proc/meminfo: not tested");
    return;
  }
  const std::string options = tiny("--lr 1e-3 --epochs 2 --unfreeze block2 --image-size 224 --batch 1 ");
  const std::string command = "vgg-finetune train " + data.string() + options + "--steps-per-epoch 2 --out ";
  REQUIRE(shell(command + at("memory")).code == 0);
  const Run run = with("GRAFT_CACHE=" + cache.string() + " " + command + at("file"));
  REQUIRE_MESSAGE(run.code == 0, run.output);
  const std::string said = "cached in " + (cache / "features").string() + ", as with --cache file";
  CHECK_MESSAGE(run.output.find(said) != run.output.npos, run.output);
  CHECK(slurp(scratch.path() / "file/config.json").find("\"cache\": \"file\"") != std::string::npos);
  CHECK(history("file") == history("memory"));
  CHECK(segments().size() == 2);
}

TEST_CASE_FIXTURE(Fixture, "fixed views on disk; bf16 is the same on disk and in memory") {
  const std::string views = "--augment keras-generator --augment-views 2 ";
  REQUIRE(train("memory", views).code == 0);
  CHECK(reused(cached("file", views), "48") == 0);
  CHECK(reused(cached("again", views + "--threads 1"), "48") == 48);
  CHECK(history("file") == history("memory"));
  CHECK(history("again") == history("memory"));
  REQUIRE(train("narrow", "--cache-precision bf16").code == 0);
  REQUIRE(cached("narrow_file", "--cache-precision bf16").code == 0);
  REQUIRE(train("wide", "").code == 0);
  CHECK(history("narrow") == history("narrow_file"));
  CHECK(history("narrow") != history("wide"));
}
