// The values of --unfreeze: parsing, and the round trip through text.
#include <doctest/doctest.h>

#include "kernels/api/error.h"
#include "models/trainable.h"

using namespace graft;

TEST_CASE("trainable: none, all, or a name with or without from=") {
  using Kind = TrainableFrom::Kind;
  CHECK(parse_trainable_from("none") == TrainableFrom{});
  CHECK(parse_trainable_from("all") == TrainableFrom{Kind::all, {}});
  CHECK(parse_trainable_from("block4") == TrainableFrom{Kind::name, "block4"});
  CHECK(parse_trainable_from("block4_conv2") == TrainableFrom{Kind::name, "block4_conv2"});
  CHECK(parse_trainable_from("from=block4_conv2") == TrainableFrom{Kind::name, "block4_conv2"});
  CHECK(parse_trainable_from("from=all") == TrainableFrom{Kind::all, {}});
  for (const char* text : {"none", "all", "block4", "from=block4_conv2"}) {
    const TrainableFrom from = parse_trainable_from(text);
    CHECK(parse_trainable_from(to_string(from)) == from);
  }
}

TEST_CASE("trainable: a text without a name is a usage error") {
  for (const char* text : {"", "from="})
    CHECK_THROWS_WITH_AS(parse_trainable_from(text), doctest::Contains("the name is missing"), Error);
}
