#include <doctest/doctest.h>

#include <string>

#include "base/json/utf8.hpp"
#include "base/json/value.hpp"
#include "base/json/writer.hpp"

namespace json_test {

using pos::json::Document;
using pos::json::Kind;
using pos::json::Value;

namespace {

bool parses(std::string_view text) {
  Document document;
  return document.parse(text);
}

std::string error_of(std::string_view text) {
  Document document;
  CHECK_FALSE(document.parse(text));
  CHECK(document.root().is(Kind::missing));
  return document.error();
}

std::string nested(int depth) {
  const auto size = static_cast<std::size_t>(depth);
  return std::string(size, '[') + std::string(size, ']');
}

}  // namespace

TEST_CASE("a document gives back what was written") {
  Document document;
  REQUIRE(document.parse(R"({"a":[1,-2,{"b":null}],"c":"\u015fi\u015f","d":true,"e":{}})"));
  const Value root = document.root();
  CHECK(root.size() == 4);
  CHECK(root["a"].size() == 3);
  CHECK(root["a"].at(1).integer() == -2);
  CHECK(root["a"].at(2)["b"].is(Kind::null));
  CHECK(root["c"].text() == "şiş");
  CHECK(root["d"].boolean());
  CHECK(root["e"].size() == 0);
  CHECK(root["e"].first().is(Kind::missing));
}

TEST_CASE("children are walked in their order and end") {
  Document document;
  REQUIRE(document.parse(R"({"x":[[1],[2,3]],"y":{"z":4},"w":5})"));
  std::string keys;
  for (Value v = document.root().first(); !v.is(Kind::missing); v = v.next()) keys += v.key();
  CHECK(keys == "xyw");
  CHECK(document.root().next().is(Kind::missing));
  CHECK(document.root()["x"].at(1).at(1).next().is(Kind::missing));
}

TEST_CASE("asking for what is not there is never an error") {
  Document document;
  REQUIRE(document.parse(R"({"a":1,"b":true})"));
  CHECK(Value().is(Kind::missing));
  CHECK(Value().next().is(Kind::missing));
  CHECK(document.root()["nothing"]["at"].at(7).text().empty());
  CHECK(document.root()["a"].text().empty());
  CHECK(document.root()["b"].integer() == 0);
  CHECK_FALSE(document.root()["a"].boolean());
  CHECK(document.root().at(2).is(Kind::missing));
  CHECK_FALSE(document.root()["c"].present());
}

TEST_CASE("integers of 64 bits are exact, every other number keeps its spelling") {
  Document document;
  REQUIRE(document.parse("[9223372036854775807,-9223372036854775808,-0]"));
  CHECK(document.root().at(0).integer() == INT64_MAX);
  CHECK(document.root().at(1).integer() == INT64_MIN);
  CHECK(document.root().at(2).is(Kind::integer));
  for (const char* spelling :
       {"9223372036854775808", "18446744073709551615", "18446744073709551616",
        "-9223372036854775809", "1.0", "35000.50", "1e2", "-0.0", "1E-400", "1e400", "-1.8e308"}) {
    CAPTURE(spelling);
    REQUIRE(document.parse(spelling));
    CHECK(document.root().is(Kind::number));
    CHECK(document.root().text() == spelling);
    CHECK(document.root().integer() == 0);
  }
}

TEST_CASE("what is not exactly one JSON text is refused") {
  for (const char* text : {"",    " ",      "{",   "[1", "[1,]", "{\"a\":1,}", "{\"a\"}", "{a:1}",
                           "01",  "+1",     ".5",  "1.", "nul",  "1 2",        "[1]x",    "'a'",
                           "\"a", "\"\t\"", "NaN", "1e", "-",    "// c\n1",    "\"\\x\""}) {
    CAPTURE(text);
    CHECK_FALSE(parses(text));
  }
  CHECK(parses(" [1]\r\n\t"));
  CHECK_FALSE(parses(std::string_view("1\0", 2)));
  CHECK_FALSE(parses(std::string_view("1\0garbage", 9)));
  CHECK_FALSE(parses("\xEF\xBB\xBF{}"));
}

TEST_CASE("text that is not valid Unicode is refused") {
  CHECK_FALSE(parses("\"\xff\""));
  CHECK_FALSE(parses("\"\xc0\x80\""));
  CHECK_FALSE(parses("\"\xed\xa0\x80\""));
  CHECK_FALSE(parses("\"\xf4\x90\x80\x80\""));
  CHECK_FALSE(parses(R"("\ud83e")"));
  CHECK_FALSE(parses(R"("\udd59")"));
  CHECK_FALSE(parses(R"("\ud83ex")"));
  CHECK(parses(R"("\ud83e\udd59")"));
  CHECK(parses(R"("\u0000")"));
}

TEST_CASE("nesting is read to the limit and refused beyond it") {
  CHECK(parses(nested(pos::json::max_depth)));
  CHECK(error_of(nested(pos::json::max_depth + 1)) == "nested more than 32 deep");
  CHECK(error_of(std::string(100000, '[')) == "nested more than 32 deep");
}

TEST_CASE("a name twice in one object is refused, however many names there are") {
  CHECK(error_of(R"({"a":1,"b":2,"a":3})") == "the name \"a\" occurs twice in one object");
  CHECK_FALSE(parses(R"({"":1,"":2})"));
  CHECK_FALSE(parses(R"([{"x":{"a":1,"\u0061":2}}])"));
  CHECK(parses(R"([{"a":1},{"a":1,"b":{"a":1}}])"));

  std::string many = "{\"first\":0";
  for (int i = 0; i < 20000; ++i) many += ",\"key" + std::to_string(i) + "\":" + std::to_string(i);
  CHECK(parses(many + "}"));
  CHECK_FALSE(parses(many + ",\"key77\":1}"));
}

TEST_CASE("a document can be parsed again") {
  Document document;
  CHECK(document.parse("[1,2]"));
  CHECK_FALSE(document.parse("["));
  CHECK(document.root().is(Kind::missing));
  CHECK(document.parse("[3]"));
  CHECK(document.root().at(0).integer() == 3);
  CHECK(document.error().empty());
}

TEST_CASE("the writer puts commas where they belong") {
  pos::json::Writer out;
  out.begin_object().member("a", std::int64_t{1}).key("b").begin_array();
  out.integer(INT64_MIN).string("x").null().begin_object().end_object().begin_array().end_array();
  out.end_array()
      .member_boolean("c", false)
      .key("d")
      .raw("[1, 2]")
      .member("e", "text")
      .end_object();
  CHECK(out.text() ==
        R"({"a":1,"b":[-9223372036854775808,"x",null,{},[]],"c":false,"d":[1, 2],"e":"text"})");
  const std::string taken = out.take();
  CHECK(parses(taken));
  CHECK(out.begin_array().end_array().text() == "[]");
}

TEST_CASE("strings are escaped as RFC 8785 does") {
  std::string out;
  pos::json::append_string(out, std::string_view("\0\x01\b\t\n\x0b\f\r\x1f\"\\/\x7fş🥙", 19));
  CHECK(out == "\"\\u0000\\u0001\\b\\t\\n\\u000b\\f\\r\\u001f\\\"\\\\/\x7fş🥙\"");
}

TEST_CASE("what the writer writes, the parser reads back") {
  std::string all;
  for (int byte = 0; byte < 0x80; ++byte) all += static_cast<char>(byte);
  all += "şğıİ注🥙";
  std::string text;
  pos::json::append_string(text, all);
  Document document;
  REQUIRE(document.parse(text));
  CHECK(document.root().text() == all);
}

TEST_CASE("text is counted in characters and never cut inside one") {
  CHECK(pos::json::character_count("şiş 🥙") == 5);
  CHECK(pos::json::cut("abc", 3) == "abc");
  CHECK(pos::json::cut("abş", 3) == "ab");
  CHECK(pos::json::cut("🥙", 3).empty());
}

}  // namespace json_test
