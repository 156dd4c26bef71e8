#include <doctest/doctest.h>
#include <sys/resource.h>

#include <csignal>
#include <fstream>
#include <iterator>

#include "engine/atomic_file.h"
#include "engine/hash.h"
#include "kernels/api/error.h"
#include "tests/scratch.h"

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

TEST_CASE("a file is replaced as a whole, under any name") {
  Scratch scratch;
  for (std::string name : {std::string("plain.txt"), std::string("中文 with\nnewline"), std::string(255, 'n')}) {
    const fs::path path = scratch.path() / name;
    write_file(path, "one");
    write_file(path, std::string_view("two\0three", 9));
    CHECK(contents(path) == std::string("two\0three", 9));
  }
  CHECK(count_files(scratch.path()) == 3);
}

TEST_CASE("without commit nothing changes and nothing is left") {
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

TEST_CASE("commit keeps the previous file when asked") {
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

TEST_CASE("a full disk is an error of resources and leaves the old file") {
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

TEST_CASE("no file is written over a folder or a device, a link is followed") {
  Scratch scratch;
  CHECK_THROWS_AS(write_file(scratch.path(), "x"), Error);
  CHECK_THROWS_AS(write_file("/dev/null", "x"), Error);
  CHECK_THROWS_AS(write_file(scratch.path() / "absent" / "f", "x"), Error);
  write_file(scratch.path() / "real", "old");
  fs::create_symlink("real", scratch.path() / "link");
  write_file(scratch.path() / "link", "new");
  CHECK(contents(scratch.path() / "real") == "new");
  CHECK(fs::is_symlink(scratch.path() / "link"));
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
