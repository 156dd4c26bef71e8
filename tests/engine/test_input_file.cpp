// Input files: errors of the system are distinguished from bad files, and no read blocks on a pipe.
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

struct Thrown {
  Fault fault;
  std::string message;
};

template <class F>
Thrown thrown_by(F work) {
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

TEST_CASE("system errors come with advice if there is any") {
  CHECK(system_reason(EMFILE) == "Too many open files; allow more open files (ulimit -n)");
  CHECK(system_reason(ENOSPC) == "No space left on device; free some space and run again");
  CHECK(system_reason(ENOENT) == "No such file or directory");
  CHECK(std::string(system_advice(ENOENT, "check the path")) == "check the path");
  CHECK(std::string(system_advice(EIO, "check the path")) == "check the disk or the network drive and run again");
}

TEST_CASE_FIXTURE(Fixture, "a file is read from start to end, in pieces") {
  InputFile input(file);
  CHECK(input.size() == 10);
  std::array<char, 4> four;
  const auto next = [&] { return std::string(four.data(), input.read(std::as_writable_bytes(std::span(four)))); };
  CHECK(next() == "0123");
  CHECK(next() == "4567");
  CHECK(next() == "89");
  CHECK(next() == "");
  CHECK(read_whole_file(file, 10) == "0123456789");
  CHECK(thrown_by([&] { read_whole_file(file, 9); }).fault == Fault::data);
}

TEST_CASE_FIXTURE(Fixture, "anything but a regular file is a fault of the file; an error of the system is not") {
  struct Case {
    fs::path path;
    const char* words;
  };
  for (const Case& c : {Case{scratch.path() / "none", "no such file"}, Case{file / "below", "no such file"},
                        Case{scratch.path(), "is a folder"}, Case{fifo, "is a pipe or a device"},
                        Case{"/dev/null", "is a pipe or a device"},
                        Case{scratch.path() / std::string(300, 'n'), "is no file that can be read"}}) {
    const Thrown t = thrown_by([&] { InputFile{c.path}; });
    CHECK(t.fault == Fault::data);
    CHECK_MESSAGE(has(t.message, c.words), t.message);
  }
  // /proc/self/mem is a file with an unreadable first page.
  const Thrown t = thrown_by([] { sha256_file("/proc/self/mem"); });
  CHECK(t.fault == Fault::resources);
  CHECK_MESSAGE(has(t.message, "cannot be read: Input/output error; check the disk"), t.message);
}

TEST_CASE_FIXTURE(Fixture, "digests and tables do not wait for the writer of a pipe") {
  for (const auto& work :
       {std::function([&] { sha256_file(fifo); }), std::function([&] { md5_file(fifo); }),
        std::function([&] { read_table(fifo); }), std::function([&] { GroupBy by(fifo.string()); }),
        std::function([&] { GroupBy by(fifo.string() + ":image,group"); })}) {
    const Thrown t = thrown_by(work);
    CHECK(t.fault == Fault::data);
    CHECK_MESSAGE(has(t.message, "is a pipe or a device, not a file"), t.message);
  }
}

}  // namespace graft::test
