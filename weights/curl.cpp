#include "weights/curl.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <thread>
#include <vector>

#include "engine/base/printable.h"
#include "engine/base/system_advice.h"
#include "engine/base/unique_fd.h"
#include "weights/io/system_calls.h"

namespace graft {
namespace {

// No shell: the address is an argument, and --globoff keeps curl from interpreting patterns in it. A server that
// sends nothing for a minute is given up on.
std::vector<std::string> command_line(const CurlTask& task) {
  return {"curl",
          "--fail",
          "--location",
          "--globoff",
          "--continue-at",
          "-",
          "--retry",
          "3",
          "--proto",
          "=https,http,file",
          "--proto-redir",
          "=https,http",
          "--max-filesize",
          std::to_string(task.bytes),
          "--speed-limit",
          "1",
          "--speed-time",
          "60",
          "--silent",
          "--show-error",
          "--output",
          task.to.string(),
          "--url",
          url_of(task.address),
          "--connect-timeout",
          "30"};
}

// Runs in the child before curl: only system calls, as other threads may have held locks at the fork. A server that
// states no length could send forever, so the size of the file is limited here, too.
[[noreturn]] void become_curl(char* const* arguments, pid_t parent, const CurlTask& task, int complaints) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(128 + SIGKILL);  // the parent ended before this was set
  rlimit files{};
  getrlimit(RLIMIT_FSIZE, &files);
  files.rlim_cur = std::min<rlim_t>(files.rlim_cur, task.bytes);
  setrlimit(RLIMIT_FSIZE, &files);
  const rlimit no_core{};
  setrlimit(RLIMIT_CORE, &no_core);
  std::signal(SIGXFSZ, SIG_DFL);
  fcntl(task.lock, F_SETFD, 0);
  const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (null >= 0) dup2(null, STDIN_FILENO), dup2(null, STDOUT_FILENO);
  dup2(complaints, STDERR_FILENO);
  execvp("curl", arguments);
  _exit(errno == ENOENT ? kCurlNotFound : kCurlNotRunnable);
}

// Kills the process and waits for it, on every path out of here.
class Running {
 public:
  explicit Running(pid_t pid) : pid_(pid) {}
  ~Running() {
    if (pid_ <= 0) return;
    kill(pid_, SIGKILL);
    while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  bool ended(int& status) {
    const pid_t found = waitpid(pid_, &status, WNOHANG);
    const bool gone = found < 0 && errno == ECHILD;  // SIGCHLD is ignored: only the file can tell how it ended
    if (found < 0 && errno != EINTR && !gone)
      fail(Fault::resources, "cannot wait for curl: {}", system_reason(errno));
    if (found == pid_ || gone) pid_ = -1;
    return pid_ < 0;
  }

 private:
  pid_t pid_;
};

class Pipe {
 public:
  Pipe() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) fail(Fault::resources, "cannot start curl: {}", process_reason(errno));
    reading_.reset(ends[0]), writing_.reset(ends[1]);
    for (UniqueFd* end : {&reading_, &writing_}) {
      end->reset(above_standard(end->release()));
      if (!*end) fail(Fault::resources, "cannot start curl: {}", process_reason(errno));
    }
    fcntl(reading_.get(), F_SETFL, O_NONBLOCK);
  }

  int writing_end() const { return writing_.get(); }
  // Appends available output to `text`, of which the end is kept.
  void drain(std::string& text) const {
    char buffer[1024];
    for (ssize_t n; (n = read(reading_.get(), buffer, sizeof buffer)) > 0;) {
      text.append(buffer, static_cast<size_t>(n));
      if (text.size() > sizeof buffer) text.erase(0, text.size() - sizeof buffer);
    }
  }

 private:
  UniqueFd reading_, writing_;
};

// The last line.
std::string last_words(std::string text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) text.pop_back();
  return printable(text.substr(text.find_last_of("\r\n") + 1));
}

}  // namespace

uint64_t size_or_0(const std::filesystem::path& path) {
  std::error_code error;
  const uint64_t bytes = std::filesystem::file_size(path, error);
  return error ? 0 : bytes;
}

CurlEnd run_curl(const CurlTask& task) {
  std::vector<std::string> words = command_line(task);
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const Pipe complaints;
  const pid_t parent = getpid(), child = fork();
  if (child < 0) fail(Fault::resources, "cannot start curl: {}", process_reason(errno));
  if (child == 0) become_curl(arguments.data(), parent, task, complaints.writing_end());
  Running running(child);
  CurlEnd end;
  int status = 0;
  for (bool ended = false; !ended;) {
    ended = running.ended(status);
    complaints.drain(end.said);
    task.progress(size_or_0(task.to));
    if (!ended) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  end.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  end.said = last_words(std::move(end.said));
  return end;
}

std::string url_of(std::string_view address) {
  const size_t scheme = address.find("://");
  const size_t host = scheme == address.npos ? 0 : scheme + 3;
  const size_t path =
      std::min(address.find('/', host), address.size());  // any [ ] before it belong to an IPv6 address
  const auto hex = [&](size_t i) {
    return i < address.size() && std::isxdigit(static_cast<unsigned char>(address[i]));
  };
  std::string url;
  for (size_t i = 0; i < address.size(); ++i) {
    const auto c = static_cast<unsigned char>(address[i]);
    const bool never = c <= ' ' || c >= 127 || std::string_view("\"<>\\^`{|}#").find(address[i]) != address.npos;
    const bool bracket = (c == '[' || c == ']') && i >= path;
    const bool lone = c == '%' && !(hex(i + 1) && hex(i + 2));
    if (never || bracket || lone)
      url += fmt::format("%{:02X}", c);
    else
      url += address[i];
  }
  return url;
}

}  // namespace graft
