// What the program says besides results, warnings and errors, and how often: settings of the whole process, which
// every command has as options (vgg_finetune.cpp adds them). What --quiet leaves out is printed here.
#pragma once
#include <fmt/core.h>

#include <cstdio>
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

// On what is computed where and how far it is.
template <class... T>
void print_info(fmt::format_string<T...> text, T&&... values) {
  if (!terminal().quiet) fmt::print(text, std::forward<T>(values)...);
}

// "note: ...", a line.
template <class... T>
void print_note(fmt::format_string<T...> text, T&&... values) {
  print_info("note: {}\n", fmt::format(text, std::forward<T>(values)...));
}

// The same on standard error, where standard output is data.
template <class... T>
void print_side_note(fmt::format_string<T...> text, T&&... values) {
  if (!terminal().quiet) fmt::print(stderr, "note: {}\n", fmt::format(text, std::forward<T>(values)...));
}

}  // namespace graft
