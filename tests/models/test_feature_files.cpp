// The feature cache on disk: damaged segments are removed, but not those that the system merely fails to read.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/atomic_file.h"
#include "kernels/api/error.h"
#include "models/features/feature_files.h"
#include "tests/support/program.h"
#include "tests/support/scratch.h"

using namespace graft;
namespace fs = std::filesystem;

namespace {

constexpr size_t kRow = 100;
const std::vector<std::string> kKeys = {"first", "second"};

// Two segments of one row each.
void fill(const fs::path& cache) {
  FeatureFiles files(cache, {{"of", "a test"}}, kRow);
  for (const std::string& key : kKeys) {
    files.append(key, std::vector<std::byte>(kRow, std::byte(key[0])));
    files.flush();
  }
}

// During its lifetime, at most this many more files can be opened.
class FewFiles {
 public:
  explicit FewFiles(rlim_t more) {
    const int free = open("/dev/null", O_RDONLY);  // the lowest free descriptor
    close(free);
    getrlimit(RLIMIT_NOFILE, &before_);
    const rlimit few = {rlim_t(free) + more, before_.rlim_max};
    setrlimit(RLIMIT_NOFILE, &few);
  }
  ~FewFiles() { setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

}  // namespace

TEST_CASE("feature files: rows are found again, and a damaged segment is removed") {
  Scratch scratch;
  fill(scratch.path());
  FeatureFiles files(scratch.path(), {{"of", "a test"}}, kRow);
  CHECK(files.find(std::vector<std::string>{"second", "none", "first"})[1] == -1);
  std::vector<std::byte> row(kRow);
  files.read(0, row);
  CHECK(
      (row == std::vector<std::byte>(kRow, std::byte('f')) || row == std::vector<std::byte>(kRow, std::byte('s'))));

  const fs::path segment = *fs::directory_iterator(files.folder());
  fs::resize_file(segment, fs::file_size(segment) - 1);
  FeatureFiles again(scratch.path(), {{"of", "a test"}}, kRow);
  const std::vector<int> found = again.find(kKeys);
  CHECK((found[0] == -1) != (found[1] == -1));
  CHECK(again.notes().size() == 1);
  CHECK_FALSE(fs::exists(segment));
}

TEST_CASE("feature files: segments under a wrong name or of an earlier version are computed again") {
  Scratch scratch;
  fill(scratch.path() / "ours");
  {
    FeatureFiles others(scratch.path() / "others", {{"of", "a test"}}, kRow);  // the same keys, other images
    others.append("first", std::vector<std::byte>(kRow, std::byte('!')));
    others.flush();
  }
  FeatureFiles files(scratch.path() / "ours", {{"of", "a test"}}, kRow);
  const fs::path strange = *fs::directory_iterator(scratch.path() / "others" / files.folder().filename());
  std::vector<fs::path> segments;
  for (const auto& entry : fs::directory_iterator(files.folder())) segments.push_back(entry.path());
  fs::copy_file(strange, segments[0], fs::copy_options::overwrite_existing);
  std::string earlier = slurp(segments[1]);
  earlier[8] = 1;
  write_file(segments[1], earlier);
  CHECK(files.find(kKeys) == std::vector<int>{-1, -1});
  REQUIRE(files.notes().size() == 2);
  const std::string notes = files.notes()[0] + files.notes()[1];
  CHECK(notes.find("it holds what belongs under another name; it was removed") != notes.npos);
  CHECK(notes.find("it is of another kind or version; it was removed") != notes.npos);
  CHECK(fs::is_empty(files.folder()));
}

TEST_CASE("feature files: a pipe and an impossibly large header are removed at once") {
  Scratch scratch;
  fill(scratch.path());
  FeatureFiles files(scratch.path(), {{"of", "a test"}}, kRow);
  std::vector<fs::path> segments;
  for (const auto& entry : fs::directory_iterator(files.folder())) segments.push_back(entry.path());
  std::string huge = slurp(segments[1]);
  huge.replace(16, 8, std::string("\0\0\0\0\1\0\0\0", 8));
  write_file(segments[1], huge);
  fs::resize_file(segments[1], uint64_t{1} << 33);  // sparse
  fs::remove(segments[0]);
  REQUIRE(mkfifo(segments[0].c_str(), 0600) == 0);
  CHECK(files.find(kKeys) == std::vector<int>{-1, -1});
  CHECK(files.notes().size() == 2);
  CHECK(fs::is_empty(files.folder()));
}

TEST_CASE("feature files: if no descriptor is left, nothing is removed, and the error names the reason") {
  Scratch scratch;
  fill(scratch.path());
  for (const rlim_t more : {0, 1}) {
    FeatureFiles files(scratch.path(), {{"of", "a test"}}, kRow);
    std::string message;
    try {
      const FewFiles few(more);
      files.find(kKeys);
    } catch (const Error& e) {
      CHECK(e.fault() == Fault::resources);
      message = e.what();
    }
    CHECK_MESSAGE(message.find("Too many open files") != message.npos, message);
    CHECK(std::distance(fs::directory_iterator(files.folder()), {}) == 2);
  }
  FeatureFiles files(scratch.path(), {{"of", "a test"}}, kRow);
  const std::vector<int> found = files.find(kKeys);
  CHECK(found[0] + found[1] == 1);  // rows 0 and 1
}
