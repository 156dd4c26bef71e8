#include "tools/progress.h"

#include <fmt/core.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>

namespace graft {

Progress::Progress(std::string task, int64_t total, int64_t first)
    : task_(std::move(task)),
      total_(total),
      first_(first),
      live_(isatty(STDERR_FILENO) != 0),
      start_(Clock::now()) {}

Progress::~Progress() {
  if (drawn_) std::fputs("\r\033[K", stderr);
}

double Progress::seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }

void Progress::update(int64_t done, const std::string& facts) {
  using namespace std::chrono_literals;
  if (!live_ || (Clock::now() - last_draw_ < 100ms && done != total_)) return;
  last_draw_ = Clock::now();
  const double rate = double(done - first_) / seconds();
  std::string line = fmt::format("{} {}/{}  {:.1f}/s  {} left", task_, done, total_, rate,
                                 human_time(double(total_ - done) / rate));
  if (!facts.empty()) line += "  " + facts;
  winsize window{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_col > 1 && line.size() >= window.ws_col)
    line.resize(window.ws_col - 1u);
  fmt::print(stderr, "\r\033[K{}", line);
  std::fflush(stderr);
  drawn_ = true;
}

std::string human_time(double seconds) {
  const auto s = static_cast<int64_t>(seconds + 0.5);
  if (seconds < 9.95) return fmt::format("{:.1f} s", seconds);
  if (s < 60) return fmt::format("{} s", s);
  if (s < 3600) return fmt::format("{} min {} s", s / 60, s % 60);
  return fmt::format("{} h {} min", s / 3600, s % 3600 / 60);
}

}  // namespace graft
