// Whether a text contains given words, as a function and as a check that prints the text when it fails.
#pragma once
#include <doctest/doctest.h>

#include "tests/support/program.h"

namespace graft {

inline bool has(const std::string& text, const std::string& words) { return text.find(words) != text.npos; }
inline bool has(const Run& run, const std::string& words) { return has(run.output, words); }

// Checks has().
inline void says(const std::string& text, const std::string& words) {
  CHECK_MESSAGE(has(text, words), text, " should have: ", words);
}
inline void says(const Run& run, const std::string& words) { says(run.output, words); }

}  // namespace graft
