// Learning rate schedules.
#include <doctest/doctest.h>

#include "engine/schedule.h"
#include "kernels/api/error.h"

using namespace graft;
using doctest::Approx;

namespace {

double at(const char* schedule, int64_t step, int64_t warmup = 0) {
  return rate_factor(parse_schedule(schedule), warmup, {.step = step, .steps = 100, .steps_per_epoch = 10});
}

}  // namespace

TEST_CASE("schedules: the factor of the learning rate") {
  CHECK(at("constant", 99) == 1);
  CHECK(at("cosine", 0) == 1);
  CHECK(at("cosine", 50) == Approx(0.5));
  CHECK(at("cosine", 100) == Approx(0));
  CHECK(at("cosine", 200) == Approx(0));  // more steps than planned
  CHECK(at("cosine:floor=0.1", 50) == Approx(0.55));
  CHECK(at("step:every=2,factor=0.5", 19) == 1);
  CHECK(at("step:every=2,factor=0.5", 20) == Approx(0.5));
  CHECK(at("step:every=2,factor=0.5", 99) == Approx(0.0625));
  CHECK(at("plateau", 50) == 1);
  CHECK(at("constant", 0, 10) == Approx(0.1));
  CHECK(at("constant", 9, 10) == 1);
  CHECK(at("cosine", 10, 10) == 1);
  CHECK(at("cosine", 55, 10) == Approx(0.5));
}

TEST_CASE("schedules: the round trip through text, and errors") {
  for (const char* text : {"constant", "cosine", "step", "plateau", "step:factor=0.3", "cosine:floor=1"})
    CHECK(describe(parse_schedule(describe(parse_schedule(text)))) == describe(parse_schedule(text)));
  CHECK(describe(parse_schedule("plateau:factor=0.5")) == "plateau:patience=3,factor=0.5");
  for (const char* text :
       {"", "linear", "constant:floor=1", "cosine:floor", "cosine:floor=", "cosine:floor=nan", "cosine:floor=2",
        "step:every=0", "step:every=1.5", "step:every=2,", "plateau:every=2", "step:factor=0"})
    CHECK_THROWS_AS(parse_schedule(text), Error);
}
