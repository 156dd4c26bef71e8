// Atomic files, file descriptors, base64 and digests.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <iterator>
#include <set>
#include <vector>

#include "engine/base/atomic_file.h"
#include "engine/base/hash.h"
#include "engine/base/unique_fd.h"
#include "kernels/api/error.h"
#include "tests/support/scratch.h"

namespace graft {
namespace fs = std::filesystem;

namespace {
std::string contents(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}
size_t count_files(const fs::path& folder) {
  return static_cast<size_t>(std::distance(fs::directory_iterator(folder), {}));
}
}  // namespace

TEST_CASE("atomic file: a file is replaced as a whole, under any name") {
  Scratch scratch;
  for (std::string name : {std::string("plain.txt"), std::string("中文 with\nnewline"), std::string(255, 'n')}) {
    const fs::path path = scratch.path() / name;
    write_file(path, "one");
    write_file(path, std::string_view("two\0three", 9));
    CHECK(contents(path) == std::string("two\0three", 9));
  }
  CHECK(count_files(scratch.path()) == 3);
}

TEST_CASE("atomic file: without commit() nothing changes and no temporary file remains") {
  Scratch scratch;
  const fs::path path = scratch.path() / "f";
  write_file(path, "old");
  {
    AtomicFile file(path);
    file.write("new");
  }
  CHECK(contents(path) == "old");
  CHECK(count_files(scratch.path()) == 1);
}

TEST_CASE("atomic file: commit() keeps the previous file on request") {
  Scratch scratch;
  const fs::path path = scratch.path() / "f", previous = scratch.path() / "f.prev";
  for (const char* text : {"1", "2", "3"}) {
    AtomicFile file(path);
    file.write(text);
    file.commit(previous);
  }
  CHECK(contents(path) == "3");
  CHECK(contents(previous) == "2");
}

TEST_CASE("atomic file: a full disk is an Error (resources) and keeps the old file") {
  Scratch scratch;
  const fs::path path = scratch.path() / "f";
  write_file(path, "old");
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const rlimit small{4096, before.rlim_max};
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &small);
  bool thrown = false;
  try {
    write_file(path, std::string(100'000, 'x'));
  } catch (const Error& e) {
    thrown = e.fault() == Fault::resources;
  }
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  CHECK(thrown);
  CHECK(contents(path) == "old");
  CHECK(count_files(scratch.path()) == 1);
}

TEST_CASE("atomic file: a folder, a device or a link is not overwritten") {
  Scratch scratch;
  CHECK_THROWS_AS(write_file(scratch.path(), "x"), Error);
  CHECK_THROWS_AS(write_file("/dev/null", "x"), Error);
  CHECK_THROWS_AS(write_file(scratch.path() / "absent" / "f", "x"), Error);
  write_file(scratch.path() / "real", "old");
  fs::create_symlink("real", scratch.path() / "link");
  fs::create_symlink("nowhere", scratch.path() / "broken");
  for (const char* link : {"link", "broken"}) {
    CHECK_THROWS_WITH_AS(write_file(scratch.path() / link, "new"), doctest::Contains("it is a link"), Error);
    CHECK(fs::is_symlink(scratch.path() / link));
  }
  CHECK(contents(scratch.path() / "real") == "old");
  CHECK_FALSE(fs::exists(scratch.path() / "nowhere"));
  CHECK(count_files(scratch.path()) == 3);
}

TEST_CASE("atomic file: a replaced file keeps its permissions, and others can never read it in between") {
  Scratch scratch;
  const fs::path path = scratch.path() / "f";
  for (const unsigned mode : {0600u, 0640u, 0444u, 0755u}) {
    fs::remove(path);
    write_file(path, "old");
    fs::permissions(path, fs::perms(mode));
    {
      AtomicFile file(path);
      for (const auto& entry : fs::directory_iterator(scratch.path()))
        CHECK(unsigned(entry.status().permissions()) == mode);
      file.write("new");
      file.commit();
    }
    CHECK(unsigned(fs::status(path).permissions()) == mode);
    CHECK(contents(path) == "new");
  }
}

TEST_CASE("atomic file: temporary names are unique, and only files without a writer are leftovers") {
  Scratch scratch;
  std::set<fs::path> names;
  for (int i = 0; i < 100; ++i) {
    const TemporaryFile file = make_temporary(scratch.path(), 0600);
    REQUIRE(file.fd);
    CHECK(is_temporary(file.path));
    CHECK(names.insert(file.path).second);
  }
  write_file(scratch.path() / "f", "kept");
  TemporaryFile in_work = make_temporary(scratch.path(), 0600);
  fs::create_symlink("f", scratch.path() / ".graft-0123456789abcdef.tmp");  // must not be opened
  remove_leftovers(scratch.path());
  CHECK(fs::exists(in_work.path));
  CHECK(count_files(scratch.path()) == 3);
  in_work.fd.reset();
  remove_leftovers(scratch.path());
  CHECK(count_files(scratch.path()) == 2);
  CHECK_FALSE(make_temporary(scratch.path() / "absent", 0600).fd);
}

TEST_CASE("a descriptor closes with its owner, once, and keeps errno") {
  const auto is_open = [](int fd) { return fcntl(fd, F_GETFD) >= 0; };
  UniqueFd first(open("/dev/null", O_RDONLY | O_CLOEXEC));
  REQUIRE(first);
  const int fd = first.get();
  UniqueFd second(std::move(first));
  CHECK_FALSE(first);
  CHECK(second.get() == fd);
  first = std::move(second);
  CHECK(is_open(fd));
  errno = ENOENT;
  first.reset();
  CHECK(errno == ENOENT);
  CHECK_FALSE(is_open(fd));
  CHECK_FALSE(first);
  const int released = UniqueFd(open("/dev/null", O_RDONLY | O_CLOEXEC)).release();
  CHECK(is_open(released));
  { const UniqueFd owner(released); }
  CHECK_FALSE(is_open(released));
}

TEST_CASE("atomic file: many processes that write the same name at once leave one complete file") {
  Scratch scratch;
  const fs::path path = scratch.path() / "f";
  std::vector<pid_t> children;
  for (char writer = 'a'; writer < 'g'; ++writer) {
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      for (int i = 0; i < 20; ++i) {
        write_file(path, std::string(10'000, writer));
        remove_leftovers(scratch.path());
      }
      _exit(0);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(status == 0);
  }
  const std::string text = contents(path);
  CHECK(text == std::string(10'000, text[0]));
  CHECK(count_files(scratch.path()) == 1);
}

TEST_CASE("base64 as in RFC 4648") {
  const std::pair<std::string, std::string> cases[] = {{"", ""},
                                                       {"f", "Zg=="},
                                                       {"fo", "Zm8="},
                                                       {"foo", "Zm9v"},
                                                       {"foob", "Zm9vYg=="},
                                                       {"fooba", "Zm9vYmE="},
                                                       {"foobar", "Zm9vYmFy"},
                                                       {{"\0\xFF\xFE", 3}, "AP/+"}};
  for (const auto& [bytes, text] : cases) CHECK(base64(bytes) == text);
  CHECK(base64(std::string(3000, 'x')).find('\n') == std::string::npos);
}

TEST_CASE("digests of bytes and files") {
  CHECK(sha256("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  Scratch scratch;
  const fs::path path = scratch.path() / "f";
  write_file(path, std::string(1'000'000, 'a'));
  CHECK(sha256_file(path) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  CHECK(md5_file(path) == "7707d6ae4e027c70eea2a935c2296f21");
  CHECK_THROWS_AS(sha256_file(scratch.path() / "absent"), Error);
}

}  // namespace graft
