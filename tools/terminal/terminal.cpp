#include "tools/terminal/terminal.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

#include "engine/base/system_advice.h"
#include "kernels/api/error.h"

namespace graft {
namespace {

std::atomic<int> output_error = 0;  // errno of the first failed write to standard output

void note_error(int error) {
  int none = 0;
  output_error.compare_exchange_strong(none, error);
}

}  // namespace

bool open_standard_streams() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/dev/null", O_RDWR) != fd)  // the lowest free number
      return false;
  return true;
}

void write_text(std::FILE* stream, std::string_view text) {
  const size_t done = std::fwrite(text.data(), 1, text.size(), stream);
  if (done < text.size() && stream == stdout) note_error(errno);
}

void flush_output() {
  if (std::fflush(stdout) != 0) note_error(errno);
}

std::string output_trouble() {
  flush_output();
  if (!std::ferror(stdout) && output_error == 0) return "";
  return fmt::format("cannot write to standard output: {}; printed output is incomplete, files are not affected",
                     output_error ? system_reason(output_error) : "an earlier write failed");
}

void require_output() {
  if (const std::string trouble = output_trouble(); !trouble.empty()) fail(Fault::resources, "{}", trouble);
}

}  // namespace graft
