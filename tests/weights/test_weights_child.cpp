// The child process that reads HDF5: lack of system resources is not blamed on the file, and the state of the calling
// process does not interfere.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <functional>

#include "tests/support/scratch.h"
#include "tests/weights/weights_fixture.h"
#include "weights/checkpoint.h"
#include "weights/hdf5/child_service.h"
#include "weights/keras/keras_h5.h"

namespace graft {
namespace {

// Runs prepare() and f() in a child process and returns its exit code: the fault of its Error, 0 without one, 100 if
// the message calls the file damaged.
int in_process(const std::function<void()>& prepare, const std::function<void()>& f) {
  const pid_t pid = fork();
  if (pid == 0) {
    prepare();
    try {
      f();
    } catch (const Error& e) {
      _exit(std::string(e.what()).find("damaged") != std::string::npos ? 100 : int(e.fault()));
    }
    _exit(0);
  }
  int status = 0;
  waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void load_good() {
  TinyVgg net(true);
  load_keras_h5(golden_weights() / "keras1.h5", net.list());
  if (net.wrong_values() != "") _exit(99);
}

}  // namespace

// Not with the sanitizers, which need a descriptor themselves.
TEST_CASE("with few descriptors a valid file is read, or the error names the reason and does not call it damaged" *
          doctest::skip(GRAFT_FEW_CASES)) {
  int good = 0, refused = 0;
  for (int room = 0; room <= 6; ++room) {
    CAPTURE(room);
    const int code = in_process(
        [&] {
          for (int fd = 3; fd < 64; ++fd) close(fd);
          const rlimit few{rlim_t(3 + room), rlim_t(3 + room)};
          setrlimit(RLIMIT_NOFILE, &few);
        },
        load_good);
    CHECK((code == 0 || code == int(Fault::resources)));
    good += code == 0, refused += code == int(Fault::resources);
  }
  CHECK(good >= 4);
  CHECK(refused >= 1);
}

TEST_CASE("a checkpoint that cannot be opened for lack of descriptors is not called damaged" *
          doctest::skip(GRAFT_FEW_CASES)) {
  Scratch scratch;
  const std::filesystem::path path = scratch.path() / "checkpoint.graft";
  for (int generation = 0; generation < 2; ++generation)
    save_checkpoint(path, {{"epoch", generation}}, {{"a", Tensor::zeros(test_device(), {4})}});
  const auto no_descriptor = [] {
    const rlimit few{3, 3};
    setrlimit(RLIMIT_NOFILE, &few);
  };
  CHECK(in_process(no_descriptor, [&] { load_checkpoint(path); }) == int(Fault::resources));
  CHECK(in_process([] {}, [&] { load_checkpoint(path); }) == 0);
}

TEST_CASE("a valid file is read without standard streams") {
  for (int closed = 1; closed < 8; ++closed) {
    CAPTURE(closed);
    const auto close_some = [&] {
      for (int fd = 0; fd < 3; ++fd)
        if (closed >> fd & 1) close(fd);
    };
    CHECK(in_process(close_some, load_good) == 0);
  }
}

TEST_CASE("if no process can be started, the error names the reason") {
  const auto no_process = [] {
    const rlimit none{0, 0};
    setrlimit(RLIMIT_NPROC, &none);
    if (geteuid() == 0 && setuid(65534) != 0) _exit(98);  // the limit does not apply to root
  };
  const auto start = [] { ChildService child("file.h5", [] { return ChildService::Serve(); }); };
  CHECK(in_process(no_process, start) == int(Fault::resources));
}

TEST_CASE("a child that is killed from outside does not mean a damaged file; one that crashes does") {
  const auto dies_by = [](int signal) {
    return in_process([] {},
                      [&] {
                        const ChildService child("file.h5", [&]() -> ChildService::Serve {
                          raise(signal);
                          return {};
                        });
                        child.ask("c", 10);
                      });
  };
  CHECK(dies_by(SIGKILL) == int(Fault::resources));
  CHECK(dies_by(SIGTERM) == int(Fault::resources));
  CHECK(dies_by(SIGPROF) == 100);
  CHECK(dies_by(SIGSEGV) == 100);
}

TEST_CASE("errors of a child keep their kind") {
  const auto fault_of = [](const std::function<void()>& raise_it) {
    const ChildService child("file.h5", [&]() -> ChildService::Serve {
      return [&](std::string_view, const ChildService::Reply&) { raise_it(); };
    });
    try {
      child.ask("c", 10);
    } catch (const Error& e) {
      CHECK(std::string(e.what()).find('\x1b') == std::string::npos);
      return e.fault();
    }
    return Fault::bug;
  };
  CHECK(fault_of([] { fail(Fault::resources, "no descriptors"); }) == Fault::resources);
  CHECK(fault_of([] { throw std::bad_alloc(); }) == Fault::resources);
  CHECK(fault_of([] { fail(Fault::weights, "odd \x1b[31m"); }) == Fault::weights);
  CHECK(fault_of([] { fail(Fault::data, "odd"); }) == Fault::weights);
  CHECK(fault_of([] { throw std::runtime_error("\x1b"); }) == Fault::weights);
}

}  // namespace graft
