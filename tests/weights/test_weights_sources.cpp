// Downloads without a network: curl reads file:// URLs, and resumes them like others.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <thread>

#include "engine/base/hash.h"
#include "tests/support/scratch.h"
#include "tests/weights/weights_fixture.h"
#include "weights/curl.h"
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

void wait_for(const std::function<bool()>& condition) {  // without a timeout
  while (!condition()) std::this_thread::sleep_for(std::chrono::milliseconds(5));
}

// Returns the child process of `parent`, or 0.
pid_t child_of(pid_t parent) {
  for (const auto& entry : fs::directory_iterator("/proc")) {
    std::ifstream stat(entry.path() / "stat");
    pid_t pid = 0, ppid = 0;
    std::string name, state;
    if (stat >> pid >> name >> state >> ppid && ppid == parent) return pid;
  }
  return 0;
}

bool has_open(pid_t pid, const fs::path& file) {
  std::error_code error;
  for (const auto& fd : fs::directory_iterator(fmt::format("/proc/{}/fd", pid), error))
    if (fs::read_symlink(fd.path(), error) == file) return true;
  return false;
}

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

TEST_CASE("the environment sets the cache folder") {
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

TEST_CASE("a download gets its final name only when it is complete") {
  if (!has_curl()) return;
  Mirror mirror;
  const fs::path path = get_weights(mirror.file, mirror.options);
  CHECK(path == cache_path(mirror.file));
  CHECK(bytes_of(path) == mirror.content);
  CHECK(std::distance(fs::directory_iterator(path.parent_path()), {}) == 1);
  fs::remove(mirror.served);
  CHECK(get_weights(mirror.file, mirror.options) == path);  // already there: nothing is downloaded
}

TEST_CASE("a partial download is resumed") {
  if (!has_curl()) return;
  Mirror mirror;
  fs::create_directories(cache_folder());
  put_bytes(mirror.part, mirror.content.substr(0, 150'000));
  std::vector<uint64_t> seen;
  mirror.options.progress = [&](uint64_t bytes) { seen.push_back(bytes); };
  CHECK(bytes_of(get_weights(mirror.file, mirror.options)) == mirror.content);
  CHECK(seen.front() >= 150'000);
  fs::remove(cache_path(mirror.file));
  put_bytes(mirror.part, mirror.content + "more than there should be");
  CHECK(bytes_of(get_weights(mirror.file, mirror.options)) == mirror.content);
}

TEST_CASE("a partial download of another file is downloaded again, and the mirror is not blamed") {
  if (!has_curl()) return;
  Mirror mirror;
  fs::create_directories(cache_folder());
  for (const size_t stale : {1000, 200'003}) {
    put_bytes(mirror.part, std::string(stale, 'W'));
    CHECK(bytes_of(get_weights(mirror.file, mirror.options)) == mirror.content);
    fs::remove(cache_path(mirror.file));
  }
}

TEST_CASE("a server that never ends is stopped at the size of the file") {
  if (!has_curl()) return;
  Mirror mirror;
  mirror.file.name = "zero", mirror.options.mirror = "file:///dev";
  uint64_t largest = 0;
  mirror.options.progress = [&](uint64_t bytes) { largest = std::max(largest, bytes); };
  const std::string message = mirror.get_error();
  CHECK_MESSAGE(message.find("larger than 200003 bytes") != std::string::npos, message);
  CHECK(largest <= 200'003);
  CHECK_FALSE(fs::exists(fs::path(cache_path(mirror.file)) += ".part"));
  put_bytes(mirror.served, mirror.content + "and more");
  mirror.file.name = "tiny.h5", mirror.options.mirror = "file://" + mirror.served.parent_path().string();
  CHECK(mirror.get_error().find("larger than 200003 bytes") != std::string::npos);
}

TEST_CASE("curl ends with its parent process, and holds the lock until then") {
  if (!has_curl()) return;
  Mirror mirror;
  fs::remove(mirror.served);
  REQUIRE(mkfifo(mirror.served.c_str(), 0600) == 0);
  const pid_t parent = fork();
  if (parent == 0) {
    error_of([&] { get_weights(mirror.file, mirror.options); });
    _exit(0);
  }
  const int writer = open(mirror.served.c_str(), O_WRONLY);  // blocks until curl reads
  REQUIRE(write(writer, mirror.content.data(), 1000) == 1000);
  const pid_t curl = child_of(parent);
  const fs::path lock = fs::path(cache_path(mirror.file)) += ".lock";
  CHECK(curl > 0);
  CHECK(has_open(curl, lock));
  kill(parent, SIGKILL);
  waitpid(parent, nullptr, 0);
  wait_for([&] { return kill(curl, 0) != 0 || !has_open(curl, lock); });
  close(writer);
  fs::remove(mirror.served);
  put_bytes(mirror.served, mirror.content);
  CHECK(bytes_of(get_weights(mirror.file, mirror.options)) == mirror.content);
}

TEST_CASE("a second download does not wait for the first, and says so") {
  Mirror mirror;
  fs::create_directories(cache_folder());
  const fs::path lock = fs::path(cache_path(mirror.file)) += ".lock";
  const int held = open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  REQUIRE(flock(held, LOCK_EX) == 0);
  CHECK(mirror.get_error().find("another process is getting it") != std::string::npos);
  close(held);
}

TEST_CASE("mirror addresses are percent-encoded; an invalid one is named") {
  CHECK(url_of("https://[::1]:8080/a b/[c]{d}/%41%/\xc3\xa4") ==
        "https://[::1]:8080/a%20b/%5Bc%5D%7Bd%7D/%41%25/%C3%A4");
  CHECK(url_of("file:///a/b.h5") == "file:///a/b.h5");
  if (!has_curl()) return;
  Mirror mirror;
  const fs::path odd = mirror.scratch.path() / "{a,b} [1-9] #100% \xc3\xa4";
  fs::create_directory(odd);
  put_bytes(odd / "tiny.h5", mirror.content);
  mirror.options.mirror = "file://" + odd.string();
  CHECK(bytes_of(get_weights(mirror.file, mirror.options)) == mirror.content);
  fs::remove(cache_path(mirror.file));
  for (const char* wrong : {"http://", "http://a b/c", "/plain/folder"}) {
    mirror.options.mirror = wrong;
    const std::string message = mirror.get_error();
    CHECK_MESSAGE(message.find("no address of a folder") != std::string::npos, wrong, ": ", message);
    CHECK(message.find("another fault") != std::string::npos);  // usage
  }
  mirror.options.mirror = "gopher://127.0.0.1/";
  CHECK(mirror.get_error().find("a protocol that is not allowed") != std::string::npos);
}

TEST_CASE("a failed download is explained, with instructions for doing it by hand") {
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
