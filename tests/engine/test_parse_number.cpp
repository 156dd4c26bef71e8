// Numbers and key=value lists, in options and tables.
#include <doctest/doctest.h>

#include <cstdint>
#include <string>

#include "engine/base/key_values.h"
#include "engine/base/parse_number.h"

namespace graft::test {

TEST_CASE("a number must be the whole text and in its range") {
  CHECK(parse_number<int>("12") == 12);
  CHECK(parse_number<int>("-12") == -12);
  CHECK(parse_number<double>("1e-3") == 1e-3);
  for (const char* none : {"", " 12", "12 ", "+12", "12x", "0x12", "1.5", "2147483648", "-", "\xEF\xBC\x91"}) {
    CAPTURE(none);
    CHECK_FALSE(parse_number<int>(none));
  }
  CHECK_FALSE(parse_number<int>(std::string("1\0", 2)));
  for (const char* none : {"nan", "inf", "-inf", "1e999", "", ",5", "1,5"}) {
    CAPTURE(none);
    CHECK_FALSE(parse_number<double>(none));
  }
  CHECK(parse_number("3", 3, 5) == 3);
  CHECK(parse_number("5", 3, 5) == 5);
  CHECK_FALSE(parse_number("2", 3, 5));
  CHECK_FALSE(parse_number("6", 3, 5));
  CHECK_FALSE(parse_number<int64_t>("-1", 0));
  CHECK(parse_number<int64_t>("9223372036854775807", 0) == INT64_MAX);
}

TEST_CASE("key=value lists are split at commas, and items at their first equals sign") {
  const auto items = key_values("every=5,factor=0.1");
  REQUIRE(items.size() == 2);
  CHECK(items[0].key == "every");
  CHECK(items[0].value == "5");
  CHECK(items[1].item == "factor=0.1");
  CHECK(items[1].value == "0.1");
  const auto odd = key_values("a,=b,c==d,");
  REQUIRE(odd.size() == 4);
  CHECK(odd[0].key == "a");
  CHECK_FALSE(odd[0].value);
  CHECK(odd[1].key == "");
  CHECK(odd[1].value == "b");
  CHECK(odd[2].value == "=d");
  CHECK(odd[3].item == "");
  CHECK_FALSE(odd[3].value);
  CHECK(key_values("").size() == 1);
}

}  // namespace graft::test
