// Memory limits of the host, on simulated /proc and /sys in a folder.
#include <doctest/doctest.h>

#include <fstream>

#include "kernels/api/host_memory.h"
#include "tests/support/scratch.h"

using namespace graft;
namespace fs = std::filesystem;

namespace {

constexpr int64_t kGb = 1'000'000'000;

struct Machine {
  Scratch scratch;
  void file(const std::string& path, const std::string& text) const {
    const fs::path at = scratch.path() / path;
    fs::create_directories(at.parent_path());
    std::ofstream(at) << text;
  }
  // Creates a cgroup of version 2 or 1; `max` in bytes, or "max".
  void group2(const std::string& at, const std::string& max, int64_t used, int64_t cache) const {
    file(at + "/memory.max", max + "\n");
    file(at + "/memory.current", std::to_string(used));
    file(at + "/memory.stat", fmt::format("anon 5\ninactive_file {}\nactive_file 7\n", cache));
  }
  void group1(const std::string& at, int64_t limit, int64_t used, int64_t cache) const {
    file(at + "/memory.limit_in_bytes", std::to_string(limit));
    file(at + "/memory.usage_in_bytes", std::to_string(used));
    file(at + "/memory.stat", fmt::format("inactive_file 1\ntotal_inactive_file {}\n", cache));
  }
  HostMemory memory() const { return host_memory(scratch.path()); }

  Machine() { file("proc/meminfo", "MemTotal: 99 kB\nMemFree:  1 kB\nMemAvailable:   64000000 kB\n"); }
};

const std::string
    kMount2 = "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n",
    kMount1 = "35 31 0:32 / /sys/fs/cgroup/memory rw,relatime shared:4 shared:5 - cgroup cgroup rw,memory\n",
    kOther1 = "36 31 0:33 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct\n";

}  // namespace

TEST_CASE_FIXTURE(Machine, "host memory: without limits it is that of the machine") {
  CHECK(memory().bytes == 65'536 * 1'000'000LL);
  CHECK(memory().limit.empty());
  file("proc/self/cgroup", "0::/user.slice/job\n");
  file("proc/self/mountinfo", kMount2);
  CHECK(memory().limit.empty());  // no files
  group2("sys/fs/cgroup/user.slice/job", "max", kGb, 0);
  CHECK(memory().limit.empty());
  file("sys/fs/cgroup/user.slice/job/memory.max", "much\n");
  CHECK(memory().limit.empty());
  fs::remove(scratch.path() / "proc/meminfo");
  CHECK(memory().bytes == INT64_MAX);
}

TEST_CASE_FIXTURE(Machine, "host memory: cgroup version 2, the lowest limit of the group and its parents") {
  file("proc/self/cgroup", "0::/user.slice/job/step_0\n");
  file("proc/self/mountinfo", "garbage\n\n1 2 3 -\n" + kMount2);
  group2("sys/fs/cgroup/user.slice/job/step_0", "9000000000", 2 * kGb, kGb);
  CHECK(memory().bytes == 8 * kGb);
  CHECK(memory().limit ==
        "9.0 GB are the limit of this container or cgroup, "
        "/sys/fs/cgroup/user.slice/job/step_0/memory.max");
  group2("sys/fs/cgroup/user.slice", "6000000000", 5 * kGb, 2 * kGb);  // other jobs use part of it
  CHECK(memory().bytes == 3 * kGb);
  CHECK(memory().limit.find("user.slice/memory.max") != std::string::npos);
  group2("sys/fs/cgroup/user.slice/job", "2000000000", 3 * kGb, 0);  // lowered below what is in use
  CHECK(memory().bytes == 0);
  group2("sys/fs/cgroup/user.slice/other", "1", 0, 0);
  fs::remove_all(scratch.path() / "sys/fs/cgroup/user.slice/job");
  CHECK(memory().bytes == 3 * kGb);
}

TEST_CASE_FIXTURE(Machine, "host memory: cgroup version 1, its number for no limit, and separate hierarchies") {
  file("proc/self/cgroup", "7:cpu,cpuacct:/else\n4:hugetlb,memory:/batch/7\n1:name=systemd:/\n");
  file("proc/self/mountinfo", kOther1 + kMount1);
  group1("sys/fs/cgroup/memory/batch/7", 9223372036854771712, kGb, 0);
  CHECK(memory().limit.empty());
  group1("sys/fs/cgroup/memory/batch", 4 * kGb, 3 * kGb, kGb);
  CHECK(memory().bytes == 2 * kGb);
  file("sys/fs/cgroup/memory/batch/memory.use_hierarchy", "0\n");
  CHECK(memory().limit.empty());
}

TEST_CASE_FIXTURE(Machine, "host memory: both cgroup versions, containers, unusual mounts") {
  // Hybrid: version 2 is mounted, too, but does not control memory.
  file("proc/self/cgroup", "4:memory:/docker/abc\n0::/docker/abc\n");
  const std::string unified = "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n";
  // A container of version 1 without a namespace: its group is the mounted one.
  file("proc/self/mountinfo",
       "35 31 0:32 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n" + unified);
  fs::create_directories(scratch.path() / "sys/fs/cgroup/unified/docker/abc");
  group1("sys/fs/cgroup/memory", 5 * kGb, kGb, 0);
  CHECK(memory().bytes == 4 * kGb);
  // With a namespace: the group is the root or, if it was entered from outside, above it.
  for (const char* path : {"0::/\n", "0::/../../elsewhere\n"}) {
    file("proc/self/cgroup", path);
    file("proc/self/mountinfo", kMount2);
    group2("sys/fs/cgroup", "3000000000", kGb, 0);
    CHECK(memory().bytes == 2 * kGb);
  }
  file("proc/self/mountinfo", "30 23 0:26 / /mnt/a\\040b rw - cgroup2 none rw\n");
  group2("mnt/a b", "7000000000", kGb, 0);
  CHECK(memory().bytes == 6 * kGb);
}

TEST_CASE_FIXTURE(Machine, "host memory: ulimit -v, minus the address space in use") {
  file("proc/self/statm", "250000 100 10 1 0 9 0\n");
  file("proc/self/limits",
       "Limit                     Soft Limit           Hard Limit           Units     \n"
       "Max address space         6000000000           unlimited            bytes     \n");
  CHECK(memory().bytes == 6 * kGb - 250000 * 4096LL);
  CHECK(memory().limit.find("ulimit -v") != std::string::npos);
  file("proc/self/limits", "Max address space         unlimited            unlimited            bytes     \n");
  CHECK(memory().limit.empty());
}
