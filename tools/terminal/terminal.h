// What the program says, how much of it, and how often: the one place that writes to standard output and standard
// error. A stream that takes nothing (closed, a full disk) ends no work, which may be hours of training: what could
// not be written is noted, and told at the end by output_trouble(). Settings are of the whole process, and every
// command has them as options (vgg_finetune.cpp adds them).
#pragma once
#include <fmt/core.h>

#include <cstdio>
#include <string>
#include <string_view>
#include <utility>

namespace graft {

struct Terminal {
  bool quiet = false;            // --quiet: no progress, no notes, nothing on how the work goes
  double progress_seconds = 30;  // --progress: between two lines on long work where standard error is no terminal
};

inline Terminal& terminal() {
  static Terminal settings;
  return settings;
}

// Opens /dev/null where standard input, output or error are closed: the next file that is opened, a run's own
// perhaps, would get their number and what is printed. Before anything opens a file. False: there is no /dev/null.
bool open_standard_streams();

// To stdout or stderr. Throws nothing and needs no memory.
void write_text(std::FILE* stream, std::string_view text);

void flush_output();

// Why not all that was printed on standard output has arrived, as a sentence; empty: it has.
std::string output_trouble();
void require_output();  // throws it as Error (resources)

// Results and warnings, on standard output.
template <class... T>
void print_out(fmt::format_string<T...> text, T&&... values) {
  write_text(stdout, fmt::format(text, std::forward<T>(values)...));
}

// On standard error.
template <class... T>
void print_error(fmt::format_string<T...> text, T&&... values) {
  write_text(stderr, fmt::format(text, std::forward<T>(values)...));
}

// On what is computed where and how far it is: --quiet leaves it out.
template <class... T>
void print_info(fmt::format_string<T...> text, T&&... values) {
  if (!terminal().quiet) print_out(text, std::forward<T>(values)...);
}

// "note: ...", a line.
template <class... T>
void print_note(fmt::format_string<T...> text, T&&... values) {
  print_info("note: {}\n", fmt::format(text, std::forward<T>(values)...));
}

// The same on standard error, where standard output is data.
template <class... T>
void print_side_note(fmt::format_string<T...> text, T&&... values) {
  if (!terminal().quiet) print_error("note: {}\n", fmt::format(text, std::forward<T>(values)...));
}

}  // namespace graft
