// Files that are read: what the system refuses is told apart from what is no file, and nothing waits for a pipe.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <fstream>
#include <functional>

#include "engine/base/hash.h"
#include "engine/base/input_file.h"
#include "engine/base/system_advice.h"
#include "engine/tables/groups.h"
#include "engine/tables/table_file.h"
#include "kernels/api/error.h"
#include "tests/support/scratch.h"

namespace graft::test {
namespace {

namespace fs = std::filesystem;

struct Told {
  Fault fault;
  std::string message;
};

template <class F>
Told told(F work) {
  try {
    work();
  } catch (const Error& e) {
    return {e.fault(), e.what()};
  }
  FAIL("no error");
  return {};
}

bool has(const std::string& text, const char* part) { return text.find(part) != text.npos; }

struct Fixture {
  Scratch scratch;
  fs::path file = scratch.path() / "file", fifo = scratch.path() / "fifo";
  Fixture() {
    std::ofstream(file) << "0123456789";
    REQUIRE(mkfifo(fifo.c_str(), 0600) == 0);
  }
};

}  // namespace

TEST_CASE("what the system refuses is said with what to do, where that is known") {
  CHECK(system_reason(EMFILE) == "Too many open files; allow more open files (ulimit -n)");
  CHECK(system_reason(ENOSPC) == "No space left on device; free some space and run again");
  CHECK(system_reason(ENOENT) == "No such file or directory");
  CHECK(std::string(system_advice(ENOENT, "check the path")) == "check the path");
  CHECK(std::string(system_advice(EIO, "check the path")) == "check the disk or the network drive and run again");
}

TEST_CASE_FIXTURE(Fixture, "a file is read from its start to its end, piece by piece") {
  InputFile input(file);
  CHECK(input.size() == 10);
  std::array<char, 4> four;
  const auto next = [&] { return std::string(four.data(), input.read(std::as_writable_bytes(std::span(four)))); };
  CHECK(next() == "0123");
  CHECK(next() == "4567");
  CHECK(next() == "89");
  CHECK(next() == "");
  CHECK(read_whole_file(file, 10) == "0123456789");
  CHECK(told([&] { read_whole_file(file, 9); }).fault == Fault::data);
}

TEST_CASE_FIXTURE(Fixture, "what is no file is said to be none; what the system refuses is not of the file") {
  struct Case {
    fs::path path;
    const char* words;
  };
  for (const Case& c : {Case{scratch.path() / "none", "no such file"}, Case{file / "below", "no such file"},
                        Case{scratch.path(), "is a folder"}, Case{fifo, "is a pipe or a device"},
                        Case{"/dev/null", "is a pipe or a device"},
                        Case{scratch.path() / std::string(300, 'n'), "is no file that can be read"}}) {
    const Told t = told([&] { InputFile{c.path}; });
    CHECK(t.fault == Fault::data);
    CHECK_MESSAGE(has(t.message, c.words), t.message);
  }
  // The memory of a process is a file of which the first page cannot be read.
  const Told t = told([] { sha256_file("/proc/self/mem"); });
  CHECK(t.fault == Fault::resources);
  CHECK_MESSAGE(has(t.message, "cannot be read: Input/output error; check the disk"), t.message);
}

TEST_CASE_FIXTURE(Fixture, "digests and tables do not wait for who writes into a pipe") {
  for (const auto& work :
       {std::function([&] { sha256_file(fifo); }), std::function([&] { md5_file(fifo); }),
        std::function([&] { read_table(fifo); }), std::function([&] { GroupBy by(fifo.string()); }),
        std::function([&] { GroupBy by(fifo.string() + ":image,group"); })}) {
    const Told t = told(work);
    CHECK(t.fault == Fault::data);
    CHECK_MESSAGE(has(t.message, "is a pipe or a device, not a file"), t.message);
  }
}

}  // namespace graft::test
