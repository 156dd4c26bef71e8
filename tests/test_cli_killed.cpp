// Nothing lost: a run that is killed at any moment, and resumed, ends with the bits of one that was left alone.
// Moments are drawn from the clock and from the files that a run writes, so that every phase has its share.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>

#include <chrono>
#include <map>
#include <thread>

#include "tests/program.h"
#include "tests/scratch.h"
#include "tools/phantom.h"

using namespace graft;
namespace fs = std::filesystem;

namespace {

using Clock = std::chrono::steady_clock;

// The program in a process of its own.
class Child {
 public:
  Child(const std::string& command, const fs::path& log) : pid_(fork()) {
    if (pid_ != 0) return;
    const std::string line = "exec " + program_file().string() + " " + command + " >>" + log.string() + " 2>&1";
    execl("/bin/sh", "sh", "-c", line.c_str(), nullptr);
    _exit(127);
  }
  bool running() {
    if (!ended_ && waitpid(pid_, &status_, WNOHANG) == pid_) ended_ = true;
    return !ended_;
  }
  int kill_and_wait() {  // exit code, or 128 + the signal
    if (running()) kill(pid_, SIGKILL), waitpid(pid_, &status_, 0), ended_ = true;
    return WIFEXITED(status_) ? WEXITSTATUS(status_) : 128 + WTERMSIG(status_);
  }
  int wait() {
    while (running()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return kill_and_wait();
  }

 private:
  pid_t pid_;
  int status_ = 0;
  bool ended_ = false;
};

// Changes when a file is written again, as that is a new file.
std::pair<ino_t, int64_t> version(const fs::path& path) {
  struct stat s {};
  if (stat(path.c_str(), &s) != 0) return {0, 0};
  return {s.st_ino, s.st_mtim.tv_sec * 1'000'000'000 + s.st_mtim.tv_nsec};
}

struct Phantoms {
  Scratch scratch;
  fs::path data = scratch.path() / "data", log = scratch.path() / "log";
  Phantoms() {
    write_phantom_set(data, {.train = 24, .test = 12, .seed = 3, .size = 48});
    fs::create_directories(data / "val");
    for (const char* name : kLesionNames)  // half of the test set
      for (int i = 0; i < 2; ++i) {
        const std::string file = fmt::format("{}_{:04}.png", name, i);
        fs::create_directories(data / "val" / name);
        write_png(data / "val" / name / file, draw_phantom(Lesion(i % 4), 77, hash_name(file), 48).image);
      }
  }
  std::string command(const fs::path& run, const std::string& options) const {
    return "train " + data.string() + tiny(options) + " --out " + run.string();
  }
};

constexpr const char* kResults[] = {"model.h5", "history.csv", "predictions.csv", "metrics.json"};

std::map<std::string, std::string> results(const fs::path& run) {
  std::map<std::string, std::string> all;
  for (const char* file : kResults) all[file] = slurp(run / file);
  return all;
}

// Kills one run after the other, and each again and again, until `kills` are done. The moments: a time from the
// start that is drawn from the length of a whole run, or shortly after one of the files of the run changed.
class Killer {
 public:
  Killer(const Phantoms& set, std::string options, uint64_t seed)
      : set_(set), options_(std::move(options)), random_(seed, Purpose::demo) {
    const fs::path whole = set_.scratch.path() / "whole";
    fs::remove_all(whole);
    const auto start = Clock::now();
    const int code = Child(set_.command(whole, options_), set_.log).wait();
    REQUIRE_MESSAGE(code == 0, slurp(set_.log));
    length_ = std::chrono::duration<double>(Clock::now() - start).count();
    wanted_ = results(whole);
  }

  int done = 0;      // kills
  int in_write = 0;  // of them, with a file half written

  void run_until(int kills) {
    const fs::path run = set_.scratch.path() / "cut";
    fs::remove_all(run);
    for (bool last = false;; last = done >= kills) {
      const bool begun = fs::exists(run / "config.json");
      Child child(begun ? "train --resume " + run.string() : set_.command(run, options_), set_.log);
      if (!last) wait_for_the_moment(child, run);
      const int code = last ? child.wait() : child.kill_and_wait();
      if (code == 0) break;
      REQUIRE_MESSAGE(code == 128 + SIGKILL, slurp(set_.log));
      ++done;
      std::error_code ignored;
      for (const auto& file : fs::directory_iterator(run, ignored)) in_write += file.path().extension() == ".tmp";
    }
    const auto got = results(run);
    for (const char* file : kResults) CHECK_MESSAGE(got.at(file) == wanted_.at(file), file << slurp(set_.log));
    for (const auto& file : fs::directory_iterator(run)) CHECK(file.path().extension() != ".tmp");
  }

 private:
  void wait_for_the_moment(Child& child, const fs::path& run) {
    const char* const kMarks[] = {"config.json", "checkpoint.graft", "checkpoint.graft", "history.csv",
                                  "model.h5",    "predictions.csv",  "metrics.json",     "report.html"};
    const uint32_t which = random_.below(16);
    double seconds = random_.uniform() * length_;
    if (which < 8) {
      const fs::path mark = run / kMarks[which];
      const auto before = version(mark);
      while (child.running() && version(mark) == before)
        std::this_thread::sleep_for(std::chrono::microseconds(200));
      seconds = random_.uniform() * 0.01;
    }
    const auto until = Clock::now() + std::chrono::duration<double>(seconds);
    while (child.running() && Clock::now() < until) std::this_thread::sleep_for(std::chrono::microseconds(200));
  }

  const Phantoms& set_;
  std::string options_;
  RandomStream random_;
  double length_ = 0;
  std::map<std::string, std::string> wanted_;
};

void kill_often(const Phantoms& set, const std::string& options, int kills, uint64_t seed) {
  Killer killer(set, options, seed);
  while (killer.done < kills) killer.run_until(kills);
  MESSAGE(killer.done << " kills, " << killer.in_write << " of them while writing: " << options);
}

}  // namespace

TEST_CASE_FIXTURE(Phantoms, "killed at 50 moments and resumed: the same bits") {
  kill_often(*this, "--epochs 4 --head flatten:16 --dropout 0.3 --lr 1e-3 --checkpoint-steps 2", 25, 1);
  kill_often(
      *this,
      "--epochs 3 --unfreeze block5 --warmup-epochs 1 --schedule plateau:patience=1 --patience 2 --optimizer sgd "
      "--augment keras-generator --steps-per-epoch 4 --clip-norm 1 --checkpoint-steps 1",
      25, 2);
}

TEST_CASE_FIXTURE(Phantoms, "a second process on a run is refused, and names the first") {
  const fs::path run = scratch.path() / "run";
  Child first(command(run, "--epochs 100000"), log);
  while (first.running() && !fs::exists(run / "history.csv"))
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  const Run second = shell("vgg-finetune train --resume " + run.string());
  CHECK(second.code == 5);
  CHECK_MESSAGE(second.output.find("is working on this run") != second.output.npos, second.output);
  CHECK(first.kill_and_wait() == 128 + SIGKILL);
  // The lock went with the process.
  const Run third = shell(kSignalled + "timeout -s INT 0.5 vgg-finetune train --resume " + run.string());
  CHECK_MESSAGE(third.output.find("resumed in epoch") != third.output.npos, third.output);
}

TEST_CASE_FIXTURE(Phantoms, "a damaged checkpoint: the generation before is used, and survives") {
  const fs::path run = scratch.path() / "run", newest = run / "checkpoint.graft";
  const std::string options = "--epochs 3 --head flatten:16 --checkpoint-steps 1";
  REQUIRE(shell("vgg-finetune " + command(run, options)).code == 0);
  const auto wanted = results(run);
  std::string bytes = slurp(newest);
  bytes[bytes.size() / 2] = char(bytes[bytes.size() / 2] ^ 1);
  std::ofstream(newest, std::ios::binary) << bytes;
  const std::string good = slurp(run / "checkpoint.graft.prev");
  const Run resumed = shell("vgg-finetune train --resume " + run.string());
  REQUIRE_MESSAGE(resumed.code == 0, resumed.output);
  CHECK(resumed.output.find("note: ") != resumed.output.npos);
  CHECK(fs::exists(run / "checkpoint.graft.damaged"));
  CHECK(slurp(run / "checkpoint.graft") != bytes);
  CHECK(results(run) == wanted);
  CHECK(good != "");
}

TEST_CASE_FIXTURE(Phantoms, "changed contents of the same size are noticed on --resume") {
  const fs::path run = scratch.path() / "run", image = data / "train/ring/ring_0000.png";
  REQUIRE(fs::exists(image));
  REQUIRE(shell("vgg-finetune " + command(run, "")).code == 0);
  std::string bytes = slurp(image);
  bytes[bytes.size() - 1] = char(bytes[bytes.size() - 1] ^ 1);
  std::ofstream(image, std::ios::binary) << bytes;
  const Run resumed = shell("vgg-finetune train --resume " + run.string());
  CHECK(resumed.code == 3);
  CHECK_MESSAGE(resumed.output.find("not those that the run started with") != resumed.output.npos, resumed.output);
}

TEST_CASE_FIXTURE(Phantoms,
                  "a disk that fills up in mid-training: a message, and the last checkpoint stays whole") {
  const fs::path run = scratch.path() / "run", whole = scratch.path() / "whole";
  const std::string options = "--epochs 3 --head flatten:16 --checkpoint-steps 1";
  REQUIRE(shell("vgg-finetune " + command(whole, options)).code == 0);
  const std::string disk = run.string() + ".disk";
  fs::create_directory(disk);
  if (shell("mount -t tmpfs -o size=64m none " + disk).code != 0) {
    MESSAGE("cannot mount a tmpfs: not tested");
    return;
  }
  // As soon as there is a checkpoint, something else takes all the room that is left.
  Child child(command(disk + "/run", options), log);
  while (child.running() && !fs::exists(disk + "/run/checkpoint.graft.prev"))
    std::this_thread::sleep_for(std::chrono::microseconds(100));
  shell("dd if=/dev/zero of=" + disk + "/ballast bs=4k 2>/dev/null");
  const int code = child.wait();
  CHECK_MESSAGE((code == 5 || code == 0), slurp(log));  // 0: it was quicker than the ballast
  if (code == 5) CHECK_MESSAGE(slurp(log).find("train --resume") != std::string::npos, slurp(log));
  fs::remove(disk + "/ballast");
  const Run resumed = shell("vgg-finetune train --resume " + disk + "/run");
  CHECK_MESSAGE(resumed.code == 0, resumed.output);
  CHECK(results(disk + "/run") == results(whole));
  // A file system that can only be read.
  CHECK(shell("mount -o remount,ro " + disk).code == 0);
  const Run read_only = shell("vgg-finetune train --resume " + disk + "/run");
  CHECK(read_only.code == 5);
  CHECK_MESSAGE(read_only.output.find("Read-only file system") != read_only.output.npos, read_only.output);
  CHECK(shell("umount " + disk).code == 0);
}
