#include "weights/hdf5/child_service.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <new>

#include "engine/base/printable.h"
#include "weights/io/system_calls.h"

namespace graft {
namespace {

constexpr size_t kMaxMessage = 4096;
constexpr rlim_t kMemory = rlim_t{4} << 30;
constexpr uint64_t kSeconds = 1, kTensorSeconds = 120;  // processor time per answer; milliseconds are usual

// Precedes the bytes of a message. In a question, `number` is the processor time in seconds that the answer may
// take; in an answer it is 0, or the Fault of an error whose text the bytes are.
struct Head {
  uint64_t number = 0, bytes = 0;
};

bool send_all(int socket, const void* data, size_t bytes) {
  const char* from = static_cast<const char*>(data);
  while (bytes > 0) {
    const ssize_t done = send(socket, from, bytes, MSG_NOSIGNAL);
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) return false;
    from += done, bytes -= static_cast<size_t>(done);
  }
  return true;
}

bool receive_all(int socket, void* data, size_t bytes) {
  char* to = static_cast<char*>(data);
  while (bytes > 0) {
    const ssize_t done = recv(socket, to, bytes, 0);
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) return false;
    to += done, bytes -= static_cast<size_t>(done);
  }
  return true;
}

bool send_message(int socket, uint64_t number, std::string_view bytes) {
  const Head head{number, bytes.size()};
  return send_all(socket, &head, sizeof head) && send_all(socket, bytes.data(), bytes.size());
}

// Memory is counted on top of this process's existing mappings, which with a sanitizer or a GPU are large.
void limit_resources() {
  unsigned long pages = 0;
  if (std::FILE* statm = std::fopen("/proc/self/statm", "re")) {
    if (std::fscanf(statm, "%lu", &pages) != 1) pages = 0;
    std::fclose(statm);
  }
  const auto limit = [](int what, rlim_t value) {
    const rlimit both{value, value};
    setrlimit(static_cast<__rlimit_resource>(what), &both);  // an existing lower limit may stay
  };
  limit(RLIMIT_CORE, 0), limit(RLIMIT_FSIZE, 0);
  if (pages) limit(RLIMIT_AS, pages * static_cast<rlim_t>(sysconf(_SC_PAGESIZE)) + kMemory);
}

// Crash output would help no user: the parent reports what happened. Descriptors are closed: where they are few,
// the library needs the last one.
void silence() {
  const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (null < 0) return;
  for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (null != standard) dup2(null, standard);
  if (null > STDERR_FILENO) close(null);
}

void serve_until_closed(int socket, const std::function<ChildService::Serve()>& start) {
  ChildService::Serve serve;
  const ChildService::Reply reply = [&](std::string_view bytes) { send_message(socket, 0, bytes); };
  const auto reply_error = [&](Fault fault, std::string_view text) {
    send_message(socket, static_cast<uint64_t>(fault), text.substr(0, kMaxMessage));
  };
  for (Head head; receive_all(socket, &head, sizeof head) && head.bytes <= kMaxMessage;) {
    std::string request(head.bytes, '\0');
    if (!receive_all(socket, request.data(), request.size())) return;
    itimerval timer{};  // when it expires, SIGPROF ends the child
    timer.it_value.tv_sec = static_cast<time_t>(head.number);
    setitimer(ITIMER_PROF, &timer, nullptr);
    try {
      if (!serve) serve = start();
      serve(request, reply);
    } catch (const Error& e) {
      reply_error(e.fault(), e.what());
    } catch (const std::bad_alloc&) {
      reply_error(Fault::resources, "not enough memory");
    } catch (const std::exception& e) {
      reply_error(Fault::weights, e.what());
    }
  }
}

}  // namespace

ChildService::ChildService(std::string subject, const std::function<Serve()>& start)
    : subject_(std::move(subject)) {
  const auto give_up = [&] {
    fail(Fault::resources, "cannot start a process to read {}: {}", subject_, process_reason(errno));
  };
  int sockets[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0) give_up();
  UniqueFd theirs(sockets[1]);
  socket_.reset(sockets[0]);
  for (UniqueFd* socket : {&socket_, &theirs}) {
    socket->reset(above_standard(socket->release()));
    if (!*socket) give_up();
  }
  if ((child_ = fork()) < 0) give_up();
  if (child_ == 0) {
    socket_.reset();
    for (int signal : {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGPROF}) std::signal(signal, SIG_DFL);
    silence();
    limit_resources();
    serve_until_closed(theirs.get(), start);
    _exit(0);
  }
}

ChildService::~ChildService() {
  socket_.reset();
  if (child_ <= 0) return;
  kill(child_, SIGKILL);  // it holds nothing that needs an orderly shutdown
  while (waitpid(child_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

void ChildService::damaged() const {
  fail(Fault::weights, "{}: damaged: it makes the library that reads it crash or hang; get the file again",
       subject_);
}

// The child closed its end. A signal that it can have raised itself is the file's fault, others came from outside.
void ChildService::died() const {
  constexpr int kPatience = 2000;  // milliseconds
  int status = 0;
  pid_t ended = 0;
  for (int i = 0; i < kPatience && child_ > 0 && ended != child_; ++i) {
    ended = waitpid(child_, &status, WNOHANG);
    if (ended < 0 && errno != EINTR) break;
    if (ended != child_) usleep(1000);
  }
  if (ended != child_) damaged();
  child_ = -1;
  for (const int own : {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGPROF, SIGTRAP, SIGSYS, SIGXFSZ})
    if (!WIFSIGNALED(status) || WTERMSIG(status) == own) damaged();
  fail(Fault::resources, "{}: the process that reads it was ended from outside by signal {}{}; run again", subject_,
       WTERMSIG(status), WTERMSIG(status) == SIGKILL ? " (is memory short?)" : "");
}

void ChildService::receive(std::span<std::byte> to) const {
  if (!receive_all(socket_.get(), to.data(), to.size())) died();
}

size_t ChildService::request_and_length(std::string_view request, uint64_t seconds) const {
  Head head;
  if (!send_message(socket_.get(), seconds, request) || !receive_all(socket_.get(), &head, sizeof head)) died();
  if (head.number == 0) return head.bytes;
  if (head.bytes > kMaxMessage) damaged();
  std::string message(head.bytes, '\0');
  receive(std::as_writable_bytes(std::span(message)));
  if (head.number != static_cast<uint64_t>(Fault::resources)) fail(Fault::weights, "{}", printable(message));
  fail(Fault::resources, "cannot read {}: {}", subject_, printable(message));
}

std::string ChildService::ask(std::string_view request, size_t max_bytes) const {
  const size_t bytes = request_and_length(request, kSeconds);
  if (bytes > max_bytes) damaged();
  std::string answer(bytes, '\0');
  receive(std::as_writable_bytes(std::span(answer)));
  return answer;
}

void ChildService::ask_into(std::string_view request, std::span<std::byte> answer) const {
  if (request_and_length(request, kTensorSeconds) != answer.size()) damaged();
  receive(answer);
}

}  // namespace graft
