#include "engine/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "engine/base/key_values.h"
#include "engine/base/parse_number.h"
#include "kernels/api/error.h"

namespace graft {
namespace {

constexpr const char* kForms =
    "constant, cosine[:floor=0], step[:every=10,factor=0.1], plateau[:patience=3,factor=0.1]";

[[noreturn]] void bad(std::string_view text, const std::string& why) {
  fail(Fault::usage, "--schedule {}: {}; there are: {}", text, why, kForms);
}

double number(std::string_view text, std::string_view value, double low, double high) {
  const auto x = parse_number(value, low, high);
  if (!x) bad(text, fmt::format("'{}' is not a number from {:g} to {:g}", value, low, high));
  return *x;
}

int whole(std::string_view text, std::string_view value) {
  const double x = number(text, value, 1, 1e6);
  if (x != std::floor(x)) bad(text, fmt::format("'{}' is not a whole number", value));
  return int(x);
}

void set(Schedule& s, std::string_view text, std::string_view key, std::string_view value) {
  const bool falls = s.kind == Schedule::step || s.kind == Schedule::plateau;
  if (key == "floor" && s.kind == Schedule::cosine)
    s.floor = number(text, value, 0, 1);
  else if (key == "factor" && falls)
    s.factor = number(text, value, 1e-6, 1);
  else if (key == "every" && s.kind == Schedule::step)
    s.every = whole(text, value);
  else if (key == "patience" && s.kind == Schedule::plateau)
    s.patience = whole(text, value);
  else
    bad(text, fmt::format("it has no '{}'", key));
}

}  // namespace

Schedule parse_schedule(std::string_view text) {
  Schedule s;
  const size_t colon = text.find(':');
  const std::string_view kind = text.substr(0, colon);
  if (kind == "cosine")
    s.kind = Schedule::cosine;
  else if (kind == "step")
    s.kind = Schedule::step;
  else if (kind == "plateau")
    s.kind = Schedule::plateau;
  else if (kind != "constant")
    bad(text, "it is unknown");
  if (colon == text.npos) return s;
  for (const KeyValue& part : key_values(text.substr(colon + 1))) {
    if (!part.value) bad(text, "write NAME=NUMBER after the colon");
    set(s, text, part.key, *part.value);
  }
  return s;
}

std::string describe(const Schedule& s) {
  switch (s.kind) {
    case Schedule::cosine:
      return fmt::format("cosine:floor={:g}", s.floor);
    case Schedule::step:
      return fmt::format("step:every={},factor={:g}", s.every, s.factor);
    case Schedule::plateau:
      return fmt::format("plateau:patience={},factor={:g}", s.patience, s.factor);
    case Schedule::constant:
      break;
  }
  return "constant";
}

double rate_factor(const Schedule& s, int64_t warmup_steps, const PhasePlace& at) {
  if (at.step < warmup_steps) return double(at.step + 1) / double(warmup_steps);
  if (s.kind == Schedule::step)
    return std::pow(s.factor, double(at.step / (s.every * std::max<int64_t>(at.steps_per_epoch, 1))));
  if (s.kind != Schedule::cosine) return 1;
  const double length = std::max(1.0, double(at.steps - warmup_steps));
  const double passed = std::min(1.0, double(at.step - warmup_steps) / length);
  return s.floor + (1 - s.floor) * 0.5 * (1 + std::cos(std::numbers::pi * passed));
}

}  // namespace graft
