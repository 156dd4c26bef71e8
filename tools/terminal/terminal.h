// All output to standard output and standard error. A failing stream (closed, or a full disk) does not stop work
// that may have taken hours: the failure is recorded and reported at the end by output_trouble(). The settings
// are process-wide, and every command has options for them (added by vgg_finetune.cpp).
#pragma once
#include <fmt/core.h>

#include <cstdio>
#include <string>
#include <string_view>
#include <utility>

namespace graft {

struct Terminal {
  bool quiet = false;            // --quiet: no progress, notes or other information
  double progress_seconds = 30;  // --progress: interval of progress lines if standard error is not a terminal
};

inline Terminal& terminal() {
  static Terminal settings;
  return settings;
}

// Opens /dev/null for closed standard streams: otherwise the next opened file, perhaps of a run, would get their
// number and receive printed text. Call it before any file is opened. Returns false if there is no /dev/null.
bool open_standard_streams();

// Writes to stdout or stderr. Does not throw or allocate.
void write_text(std::FILE* stream, std::string_view text);

void flush_output();

// A sentence on why printed output is incomplete; empty if it is complete.
std::string output_trouble();
void require_output();  // throws output_trouble() as Error (resources)

// Prints results and warnings to standard output.
template <class... T>
void print_out(fmt::format_string<T...> text, T&&... values) {
  write_text(stdout, fmt::format(text, std::forward<T>(values)...));
}

// Prints to standard error.
template <class... T>
void print_error(fmt::format_string<T...> text, T&&... values) {
  write_text(stderr, fmt::format(text, std::forward<T>(values)...));
}

// Prints information on device and progress; omitted with --quiet.
template <class... T>
void print_info(fmt::format_string<T...> text, T&&... values) {
  if (!terminal().quiet) print_out(text, std::forward<T>(values)...);
}

// Prints a line "note: ...".
template <class... T>
void print_note(fmt::format_string<T...> text, T&&... values) {
  print_info("note: {}\n", fmt::format(text, std::forward<T>(values)...));
}

// The same on standard error, for commands that print data to standard output.
template <class... T>
void print_side_note(fmt::format_string<T...> text, T&&... values) {
  if (!terminal().quiet) print_error("note: {}\n", fmt::format(text, std::forward<T>(values)...));
}

}  // namespace graft
