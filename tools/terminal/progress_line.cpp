#include "tools/terminal/progress_line.h"

#include <fmt/core.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <new>
#include <system_error>

#include "tools/events/human_time.h"
#include "tools/terminal/terminal.h"

namespace graft {

using namespace std::chrono_literals;

ProgressLine::ProgressLine(std::string task, int64_t total, ProgressOptions options)
    : task_(std::move(task)),
      total_(total),
      options_(std::move(options)),
      live_(!terminal().quiet && isatty(STDERR_FILENO) != 0),
      done_(options_.first) {
  const double every = terminal().progress_seconds;
  if (live_ || terminal().quiet) return;
  next_ = start_ + std::chrono::duration_cast<Clock::duration>(
                       std::chrono::duration<double>(std::min(options_.first_line, every)));
  try {
    watcher_ = std::jthread([this](const std::stop_token& stop) { watch(stop); });
  } catch (const std::system_error&) {  // no thread available: update() prints instead
  }
}

void ProgressLine::end() {
  if (watcher_.joinable()) watcher_.request_stop(), watcher_.join();
  if (drawn_) write_text(stderr, "\r\033[K");
  drawn_ = live_ = false, next_ = {};
}

double ProgressLine::seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }

void ProgressLine::update(int64_t done, const std::string& facts) {
  const std::scoped_lock lock(mutex_);
  if (live_) return draw(done, facts);
  done_ = done, facts_ = facts;
  print_if_due();
}

void ProgressLine::draw(int64_t done, const std::string& facts) {
  if (Clock::now() - last_draw_ < 100ms && done != total_) return;
  last_draw_ = Clock::now();
  const double rate = double(done - options_.first) / seconds();
  std::string line = fmt::format("{} {}/{}  {:.1f}/s  {} left", task_, done, total_, rate,
                                 human_time(double(total_ - done) / rate));
  if (!facts.empty()) line += "  " + facts;
  winsize window{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_col > 1 && line.size() >= window.ws_col)
    line.resize(window.ws_col - 1u);
  write_text(stderr, "\r\033[K" + line);
  drawn_ = true;
}

// The mutex must be held.
void ProgressLine::print_if_due() {
  if (next_ == Clock::time_point() || Clock::now() < next_) return;
  const std::string line = progress_line(task_, done_, total_, options_, seconds(), facts_) + "\n";
  flush_output();  // keeps the order in a log of both streams
  write_text(stderr, line);
  next_ = Clock::now() +
          std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(terminal().progress_seconds));
}

void ProgressLine::watch(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    const Clock::time_point until = next_;  // update() may change it
    wake_.wait_until(lock, stop, until, [] { return false; });
    if (stop.stop_requested()) return;
    try {
      print_if_due();
    } catch (const std::bad_alloc&) {  // the next line may succeed
      next_ = until + 1s;
    }
  }
}

std::string progress_line(const std::string& task, int64_t done, int64_t total, const ProgressOptions& options,
                          double seconds, const std::string& facts) {
  std::string line = fmt::format("{}: {} of {} ({:.0f} %)", task, done, total,
                                 total > 0 ? std::floor(100 * double(done) / double(total)) : 100.0);
  if (const auto now = double(done - options.first); now > 0 && seconds > 0) {
    const double rate = now / seconds;
    line += rate < 1 ? fmt::format(", {:.2g} {}/s", rate, options.unit)
                     : fmt::format(", {:.1f} {}/s", rate, options.unit);
    line += fmt::format(", {} left", human_time(double(total - done) / rate));
  }
  return facts.empty() ? line : line + ", " + facts;
}

}  // namespace graft
