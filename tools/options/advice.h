// What the library advises (Advice in kernels/api/error.h), in the terms of the command line.
#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "engine/base/note.h"

namespace graft {

struct AdviceRow {
  std::string_view key;
  size_t values = 0;      // that the words have
  const char* words;      // what follows the fact, for fmt
  const char* each = "";  // if there is one: repeated for each value, of which there may be any number
};
std::span<const AdviceRow> advice_rows();

// "FACT; ADVICE", with values as words for the shell. What is not known, or has other values than its words, is left out: the fact has to be told.
std::string with_advice(const std::string& fact, const Advice& advice);
inline std::string with_advice(const Error& error) { return with_advice(error.what(), error.advice()); }
inline std::string with_advice(const Note& note) { return with_advice(note.text, note.advice); }

}  // namespace graft
