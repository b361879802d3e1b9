#include <doctest/doctest.h>

#include <string>

#include "identity/fingerprint.hpp"

namespace fingerprint_test {

namespace {

std::string canonical(std::string_view text) {
  pos::json::Document document;
  REQUIRE(document.parse(text));
  return pos::canonical_json(document.root());
}

std::string fingerprint(std::string_view payload, std::string_view restaurant) {
  pos::json::Document document;
  REQUIRE(document.parse(payload));
  return pos::fingerprint(document.root(), restaurant);
}

}  // namespace

// The members and their order are those of RFC 8785, section 3.2.3.
TEST_CASE("members are sorted by UTF-16 code units") {
  const char* text =
      R"({"\u20ac":1,"\r":2,"\ufb33":3,"1":4,"\ud83d\ude00":5,"\u0080":6,"\u00f6":7})";
  CHECK(canonical(text) ==
        "{\"\\r\":2,\"1\":4,\"\xc2\x80\":6,\"ö\":7,\"€\":1,\"😀\":5,\"\xef\xac\xb3\":3}");
}

TEST_CASE("a name that begins another comes first") {
  CHECK(canonical(R"({"ab":1,"a":2,"":3})") == R"({"":3,"a":2,"ab":1})");
}

TEST_CASE("white space, escapes and the order of members do not count") {
  CHECK(fingerprint(R"({"a":1,"b":"\u0041"})", "r") ==
        fingerprint("{ \"b\":\"A\",\n\"a\":1 }", "r"));
}

TEST_CASE("another content, another order of items or another restaurant counts") {
  const std::string base = fingerprint(R"({"items":[1,2]})", "r");
  CHECK(base.size() == 64);
  CHECK(base != fingerprint(R"({"items":[2,1]})", "r"));
  CHECK(base != fingerprint(R"({"items":[1,2],"note":null})", "r"));
  CHECK(base != fingerprint(R"({"items":[1,"2"]})", "r"));
  CHECK(base != fingerprint(R"({"items":[1,2]})", "s"));
}

TEST_CASE("a number that is not an integer keeps its spelling") {
  CHECK(canonical("[1.50,1e2]") == "[1.50,1e2]");
}

}  // namespace fingerprint_test
