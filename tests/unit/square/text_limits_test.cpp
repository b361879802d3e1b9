// What Square says is stored, and D1 refuses a batch that holds a text too large: so each text of
// Square's has a limit.
#include <doctest/doctest.h>

#include <string>

#include "base/json/value.hpp"
#include "square/limits.hpp"

namespace text_limits_test {

using pos::id_in;
using pos::is_id;

TEST_CASE("an id that is longer than ids are, or that no id can be, is no id") {
  CHECK(is_id("a", 3));
  CHECK(is_id("abc", 3));
  CHECK_FALSE(is_id("abcd", 3));
  CHECK_FALSE(is_id("", 3));
  CHECK(is_id(" ", 3));
  CHECK_FALSE(is_id("\x1f", 3));
  CHECK_FALSE(is_id("\x7f", 3));
  CHECK_FALSE(is_id(std::string_view("a\0b", 3), 3));
  CHECK(is_id("\xc3\xa9", 3));
}

TEST_CASE("an id is a text: a number, a list or nothing at all is none") {
  pos::json::Document document;
  REQUIRE(document.parse(R"({"text":"abc","number":1.5,"list":["abc"],"nothing":null})"));
  const pos::json::Value root = document.root();
  CHECK(id_in(root["text"], 3) == "abc");
  CHECK(id_in(root["text"], 2).empty());
  CHECK(id_in(root["number"], 9).empty());
  CHECK(id_in(root["list"], 9).empty());
  CHECK(id_in(root["nothing"], 9).empty());
  CHECK(id_in(root["missing"], 9).empty());
}

}  // namespace text_limits_test
