// Downloads without a network: curl reads file:// addresses, and goes on in the middle of them, as it does
// elsewhere.
#include <doctest/doctest.h>

#include <cstdlib>

#include "engine/hash.h"
#include "tests/scratch.h"
#include "tests/weights_fixture.h"
#include "weights/download.h"

namespace graft {
namespace {

namespace fs = std::filesystem;

class Environment {
 public:
  Environment(const char* name, const std::string& value) : name_(name) {
    if (const char* before = std::getenv(name)) before_ = before, had_ = true;
    setenv(name, value.c_str(), 1);
  }
  ~Environment() { had_ ? setenv(name_, before_.c_str(), 1) : unsetenv(name_); }

 private:
  const char* name_;
  std::string before_;
  bool had_ = false;
};

struct Mirror {
  Scratch scratch;
  Environment cache{"GRAFT_CACHE", (scratch.path() / "cache with space").string()};
  std::string content = std::string(200'000, 'w') + "end";
  std::string md5;
  OfficialFile file{"tiny", false, "tiny.h5", "file:///nowhere/", 200'003, ""};
  DownloadOptions options{.mirror = "file://" + (scratch.path() / "mirror").string()};
  fs::path served = scratch.path() / "mirror" / "tiny.h5", part;

  Mirror() {
    fs::create_directory(scratch.path() / "mirror");
    put_bytes(served, content);
    md5 = md5_file(served);
    file.md5 = md5.c_str();
    part = fs::path(cache_path(file)) += ".part";
  }
  std::string get_error() {
    return error_of([&] { get_weights(file, options); });
  }
};

bool has_curl() { return std::system("curl --version > /dev/null 2>&1") == 0; }

}  // namespace

TEST_CASE("the table of official files is complete and consistent") {
  CHECK(official_files().size() == 4);
  for (const OfficialFile& file : official_files()) {
    CHECK(std::string(file.md5).size() == 32);
    CHECK(std::string_view(file.name).find(file.top ? "kernels.h5" : "notop.h5") != std::string_view::npos);
    CHECK(find_official(file.model, file.top) == &file);
    CHECK(std::string(file.base).ends_with("/"));
  }
  CHECK(find_official("vgg11", false) == nullptr);
}

TEST_CASE("the cache is where the environment says") {
  Environment own("GRAFT_CACHE", ""), shared("XDG_CACHE_HOME", "/x"), home("HOME", "/h");
  CHECK(cache_folder() == "/x/graft");
  {
    Environment none("XDG_CACHE_HOME", "");
    CHECK(cache_folder() == "/h/.cache/graft");
  }
  Environment set("GRAFT_CACHE", "/c");
  CHECK(cache_folder() == "/c");
  CHECK(find_weights("vgg16", false) == std::nullopt);
  CHECK(find_weights("vgg11", false) == std::nullopt);
  Scratch scratch;
  Environment bad("GRAFT_CACHE", scratch.path().string());
  put_bytes(cache_path(*find_official("vgg16", false)), "cut");
  CHECK(error_of([] { find_weights("vgg16", false); }).find("3 bytes") != std::string::npos);
}

TEST_CASE("a download has its name only when it is whole") {
  if (!has_curl()) return;
  Mirror mirror;
  const fs::path path = get_weights(mirror.file, mirror.options);
  CHECK(path == cache_path(mirror.file));
  CHECK(bytes_of(path) == mirror.content);
  CHECK(std::distance(fs::directory_iterator(path.parent_path()), {}) == 1);
  fs::remove(mirror.served);
  CHECK(get_weights(mirror.file, mirror.options) == path);  // it is there: nothing is fetched
}

TEST_CASE("a download goes on where it was cut") {
  if (!has_curl()) return;
  Mirror mirror;
  fs::create_directories(cache_folder());
  // The first bytes differ from those served: only the md5 of the whole may tell, so they were not fetched again.
  put_bytes(mirror.part, std::string(1000, 'W'));
  CHECK(mirror.get_error().find("another file") != std::string::npos);
  CHECK_FALSE(fs::exists(mirror.part));
  put_bytes(mirror.part, mirror.content.substr(0, 150'000));
  CHECK(bytes_of(get_weights(mirror.file, mirror.options)) == mirror.content);
  fs::remove(cache_path(mirror.file));
  put_bytes(mirror.part, mirror.content + "more than there should be");
  CHECK(bytes_of(get_weights(mirror.file, mirror.options)) == mirror.content);
}

TEST_CASE("what cannot be got is explained, with how to do it by hand") {
  if (!has_curl()) return;
  Mirror mirror;
  std::string altered = mirror.content;
  altered[77] = 'x';
  put_bytes(mirror.served, altered);
  CHECK(mirror.get_error().find("another file") != std::string::npos);
  put_bytes(mirror.served, mirror.content.substr(0, 1000));
  CHECK(mirror.get_error().find("1000 bytes of 200003") != std::string::npos);
  fs::remove(mirror.served);
  fs::remove(mirror.part);
  const std::string message = mirror.get_error();
  for (const char* part :
       {"curl ended", "by hand", "file:///nowhere/tiny.h5", "200003 bytes", "cache with space/tiny.h5"})
    CHECK_MESSAGE(message.find(part) != std::string::npos, message);
  CHECK_FALSE(fs::exists(cache_path(mirror.file)));
}

TEST_CASE("without curl the message says what to install") {
  Mirror mirror;
  Environment path("PATH", "/nonexistent");
  CHECK(mirror.get_error().find("curl is not installed") != std::string::npos);
}

}  // namespace graft
