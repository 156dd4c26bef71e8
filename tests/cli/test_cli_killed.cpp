// A run that is killed at any moment and resumed ends with the same bits as an undisturbed one. The moments are chosen
// by what a run writes, so that they cover every phase.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <map>
#include <nlohmann/json.hpp>

#include "engine/base/hash.h"
#include "engine/base/temporary_file.h"
#include "tests/support/child.h"
#include "tests/support/scratch.h"
#include "tools/phantoms/phantom.h"

using namespace graft;
namespace fs = std::filesystem;

namespace {

// Changes when a file is replaced, which creates a new file.
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
    for (const char* broken : {"train/ring/a.png", "train/sellar/z.png", "val/ring/b.png", "test/ring/c.png"})
      std::ofstream(data / broken) << "no image";
  }
  std::string command(const fs::path& run, const std::string& options) const {
    return "train " + data.string() + tiny(options) + " --out " + run.string();
  }
};

constexpr const char* kResults[] = {"model.h5", "history.csv", "predictions.csv", "metrics.json"};

std::map<std::string, std::string> results(const fs::path& run) {
  std::map<std::string, std::string> all;
  for (const char* file : kResults) all[file] = slurp(run / file);
  const std::string summary = slurp(run / "summary.json");
  all["set aside"] = summary.empty() ? "" : nlohmann::json::parse(summary).at("set_aside").dump(1);
  return all;
}

bool has_checkpoint(const fs::path& run) {
  return fs::exists(run / "checkpoint.graft") || fs::exists(run / "checkpoint.graft.prev");
}

// Changes when anything in the run folder is written, renamed or removed.
size_t state_of(const fs::path& run) {
  std::string all;
  std::error_code gone;  // files may vanish meanwhile
  for (const auto& file : fs::directory_iterator(run, gone)) {
    const auto [inode, time] = version(file.path());
    all += fmt::format("{} {} {};", file.path().filename().string(), inode, time);
  }
  return std::hash<std::string>()(all);
}

// Kills one run after the other, each many times, until `kills` are done. Moments are shortly after one of the run's
// files changed, or after a given number of changes in its folder.
class Killer {
 public:
  Killer(const Phantoms& set, std::string options, uint64_t seed)
      : set_(set), options_(std::move(options)), random_(seed, Purpose::demo) {
    const fs::path whole = set_.scratch.path() / "whole";
    fs::remove_all(whole);
    const int code = Child(set_.command(whole, options_), set_.log).wait();
    REQUIRE_MESSAGE(code == 0, slurp(set_.log));
    wanted_ = results(whole);
    for (const char* broken : {"ring/a.png", "sellar/z.png", "ring/b.png", "ring/c.png"})
      CHECK_MESSAGE(wanted_.at("set aside").find(broken) != std::string::npos, wanted_.at("set aside"));
  }

  int done = 0;      // number of kills
  int in_write = 0;  // kills with a partly written file

  void run_until(int kills) {
    const fs::path run = set_.scratch.path() / "cut";
    fs::remove_all(run);
    for (bool last = false;; last = done >= kills) {
      const bool begun = fs::exists(run / "config.json");
      if (fs::exists(run / "model.h5") && !has_checkpoint(run)) break;  // finished, and told to keep no checkpoint
      Child child(begun ? "train --resume " + run.string() : set_.command(run, options_), set_.log);
      if (!last) wait_for_the_moment(child, run);
      const int code = last ? child.wait() : child.end(SIGKILL);
      if (code == 0) break;
      REQUIRE_MESSAGE(code == 128 + SIGKILL, slurp(set_.log));
      ++done;
      std::error_code ignored;
      for (const auto& file : fs::directory_iterator(run, ignored)) in_write += file.path().extension() == ".tmp";
    }
    CHECK(has_checkpoint(run) == (options_.find("--keep-checkpoint no") == options_.npos));
    CHECK_FALSE(fs::exists(run / "checkpoint.graft.prev"));
    CHECK(fs::exists(run / "report.html"));
    for (const auto& [file, bytes] : results(run))
      CHECK_MESSAGE(bytes == wanted_.at(file), file << slurp(set_.log));
    for (const auto& file : fs::directory_iterator(run)) CHECK_MESSAGE(!is_temporary(file), file.path());
  }

 private:
  void wait_for_the_moment(Child& child, const fs::path& run) {
    const char* const kMarks[] = {"config.json", "checkpoint.graft", "checkpoint.graft", "history.csv",
                                  "model.h5",    "predictions.csv",  "metrics.json",     "report.html"};
    const uint32_t which = random_.below(16);
    if (which < 8) {
      const auto before = version(run / kMarks[which]);
      wait(child, [&] { return version(run / kMarks[which]) != before; });
    } else {
      for (uint32_t changes = random_.below(24); changes > 0; --changes) {
        const size_t before = state_of(run);
        wait(child, [&] { return state_of(run) != before; });
      }
    }
    // And a little later, into the next operation.
    for (uint32_t naps = random_.below(20); naps > 0 && child.running(); --naps)
      std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
  static void wait(Child& child, const std::function<bool()>& condition) {
    while (child.running() && !condition()) std::this_thread::sleep_for(std::chrono::microseconds(200));
  }

  const Phantoms& set_;
  std::string options_;
  RandomStream random_;
  std::map<std::string, std::string> wanted_;
};

void kill_often(const Phantoms& set, const std::string& options, int kills, uint64_t seed) {
  Killer killer(set, options, seed);
  while (killer.done < kills) killer.run_until(kills);
  MESSAGE(killer.done << " kills, " << killer.in_write << " of them while writing: " << options);
}

}  // namespace

TEST_CASE_FIXTURE(Phantoms, "a run that is killed at 50 moments and resumed ends with the same bits") {
  kill_often(*this, "--epochs 4 --head flatten:16 --dropout 0.3 --lr 1e-3 --checkpoint-steps 2", 25, 1);
  kill_often(
      *this,
      "--epochs 3 --unfreeze block5 --warmup-epochs 1 --schedule plateau:patience=1 --patience 2 --optimizer sgd "
      "--augment keras-generator --steps-per-epoch 4 --clip-norm 1 --checkpoint-steps 1 --keep-checkpoint no",
      25, 2);
}

TEST_CASE_FIXTURE(Phantoms, "a second process on a run is refused, and names the first") {
  const fs::path run = scratch.path() / "run";
  Child first(command(run, kEndless), log);
  REQUIRE_MESSAGE(first.wait_until([&] { return fs::exists(run / "history.csv"); }), slurp(log));
  const Run second = shell("vgg-finetune train --resume " + run.string());
  CHECK(second.code == 5);
  CHECK_MESSAGE(second.output.find("is using this run") != second.output.npos, second.output);
  CHECK(first.end(SIGKILL) == 128 + SIGKILL);
  // The lock is released with the process.
  const int before = epochs_done(run);
  Child third("train --resume " + run.string(), log);
  CHECK_MESSAGE(third.wait_until([&] { return epochs_done(run) > before; }), slurp(log));
  CHECK(third.end(SIGKILL) == 128 + SIGKILL);
}

TEST_CASE_FIXTURE(Phantoms, "every epoch is saved by default") {
  const fs::path run = scratch.path() / "run";
  Child first(command(run, kEndless + "--checkpoint-minutes 0"), log);
  REQUIRE_MESSAGE(first.wait_until([&] { return epochs_done(run) >= 5; }), slurp(log));
  CHECK(first.end(SIGKILL) == 128 + SIGKILL);
  const int killed_in = epochs_done(run) + 1;
  Child second("train --resume " + run.string(), log);
  CHECK_MESSAGE(second.wait_until([&] { return epochs_done(run) > killed_in; }), slurp(log));
  CHECK(second.end(SIGKILL) == 128 + SIGKILL);
  const std::string text = slurp(log), resumed = "resumed in epoch ";
  const size_t at = text.find(resumed);
  REQUIRE_MESSAGE(at != text.npos, text);
  const int epoch = std::stoi(text.substr(at + resumed.size()));
  CHECK(epoch >= killed_in - 1);  // the last epoch may be in the history but not yet in a checkpoint
  CHECK(epoch <= killed_in);
}

TEST_CASE_FIXTURE(Phantoms, "if a checkpoint is damaged, the previous generation is used and kept") {
  const fs::path run = scratch.path() / "run", newest = run / "checkpoint.graft";
  const std::string options = "--epochs 3 --head flatten:16 --checkpoint-steps 1";
  // A finished run keeps one generation. If its report cannot be written, it is not finished and keeps both.
  const fs::path whole_run = scratch.path() / "whole";
  REQUIRE(shell("vgg-finetune " + command(whole_run, options)).code == 0);
  const auto wanted = results(whole_run);
  Child first(command(run, options), log);
  first.wait_until([&] { return fs::exists(run / "config.json"); });
  fs::create_directory(run / "report.html");
  REQUIRE_MESSAGE(first.wait() == 5, slurp(log));
  const std::string whole = slurp(newest), good = slurp(run / "checkpoint.graft.prev");
  REQUIRE(good != "");
  std::string flipped = whole, unknown = whole;
  flipped[whole.size() / 2] = char(whole[whole.size() / 2] ^ 1);
  // Complete and with a correct digest, but unreadable, as of another version.
  const size_t field = unknown.find("\"position\""), header = 88;  // see weights/checkpoint.h
  REQUIRE(field != unknown.npos);
  unknown.replace(field, 10, "\"somewher\"");
  uint64_t length = 0;
  for (int i = 7; i >= 0; --i) length = length << 8 | uint8_t(unknown[size_t(16 + i)]);
  unknown.replace(24, 64, sha256(std::string_view(unknown).substr(header, length)));
  for (const std::string& bytes : {flipped, unknown}) {
    std::ofstream(newest, std::ios::binary) << bytes;
    std::ofstream(run / "checkpoint.graft.prev", std::ios::binary) << good;
    fs::remove(run / "checkpoint.graft.damaged");
    const Run resumed = shell("vgg-finetune train --resume " + run.string());
    REQUIRE_MESSAGE(resumed.code == 5, resumed.output);
    CHECK_MESSAGE(resumed.output.find("going on from ") != resumed.output.npos, resumed.output);
    CHECK(slurp(run / "checkpoint.graft.damaged") == bytes);
    // One step was left, so only the state after it was saved.
    CHECK(slurp(run / "checkpoint.graft.prev") == good);
    CHECK(slurp(newest) == whole);
    CHECK(results(run) == wanted);
  }
  // If the previous generation is unreadable too, no file is moved.
  for (const char* name : {"checkpoint.graft", "checkpoint.graft.prev"})
    std::ofstream(run / name, std::ios::binary) << unknown;
  fs::remove(run / "checkpoint.graft.damaged");
  const Run refused = shell("vgg-finetune train --resume " + run.string());
  CHECK_MESSAGE(refused.code == 4, refused.output);
  CHECK_FALSE(fs::exists(run / "checkpoint.graft.damaged"));
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
                  "a disk that fills up during training: a clear message, and the last checkpoint stays intact") {
  const fs::path run = scratch.path() / "run", whole = scratch.path() / "whole";
  const std::string options = "--epochs 3 --head flatten:16 --checkpoint-steps 1";
  REQUIRE(shell("vgg-finetune " + command(whole, options)).code == 0);
  const std::string disk = run.string() + ".disk";
  fs::create_directory(disk);
  if (shell("mount -t tmpfs -o size=64m none " + disk).code != 0) {
    MESSAGE("cannot mount a tmpfs: not tested");
    return;
  }
  // As soon as there is a checkpoint, fills the disk.
  Child child(command(disk + "/run", options), log);
  child.wait_until([&] { return fs::exists(disk + "/run/checkpoint.graft.prev"); });
  shell("dd if=/dev/zero of=" + disk + "/ballast bs=4k 2>/dev/null");
  const int code = child.wait();
  CHECK_MESSAGE((code == 5 || code == 0), slurp(log));  // 0: it finished before the disk was full
  if (code == 5) CHECK_MESSAGE(slurp(log).find("train --resume") != std::string::npos, slurp(log));
  fs::remove(disk + "/ballast");
  const Run resumed = shell("vgg-finetune train --resume " + disk + "/run");
  CHECK_MESSAGE(resumed.code == 0, resumed.output);
  CHECK(results(disk + "/run") == results(whole));
  // A read-only file system.
  CHECK(shell("mount -o remount,ro " + disk).code == 0);
  const Run read_only = shell("vgg-finetune train --resume " + disk + "/run");
  CHECK(read_only.code == 5);
  CHECK_MESSAGE(read_only.output.find("Read-only file system") != read_only.output.npos, read_only.output);
  CHECK(shell("umount " + disk).code == 0);
}
