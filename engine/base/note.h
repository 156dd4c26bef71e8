// What was found, told to people though the work goes on: a fact, and what would help, as an Error has them.
#pragma once
#include <string>
#include <utility>

#include "kernels/api/error.h"

namespace graft {

struct Note {
  Note() = default;
  Note(std::string fact, Advice would_help = {}) : text(std::move(fact)), advice(std::move(would_help)) {}

  std::string text;  // a sentence; empty: there is nothing to say
  Advice advice;
};

}  // namespace graft
