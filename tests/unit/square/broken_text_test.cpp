// Bytes that are no UTF-8: where they are mended, and how the place is named.
#include <doctest/doctest.h>

#include <string>

#include "base/json/utf8.hpp"
#include "base/json/value.hpp"
#include "square/broken_text.hpp"

namespace broken_text_test {

using pos::json::mended;
using pos::json::replacement_count;

namespace {

const std::string sign(pos::json::replacement_character);

std::string broken(const std::string& text) {
  pos::json::Document document;
  REQUIRE_MESSAGE(document.parse(text), document.error());
  pos::FieldErrors findings;
  pos::square::name_broken_texts(document.root(), findings);
  return pos::to_string(findings.take());
}

}  // namespace

TEST_CASE("valid UTF-8 is left as it is") {
  for (const char* text :
       {"", "a", "\x7f", "ş", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
        "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", "Şalgam 🥤", "\xef\xbf\xbd"}) {
    CAPTURE(text);
    CHECK(mended(text) == text);
  }
  CHECK(mended(std::string("a\0b", 3)) == std::string("a\0b", 3));
}

TEST_CASE("a mended text is JSON's UTF-8 where the broken one was not") {
  for (const char* text :
       {"\xff", "\x80", "\xc0\x80", "\xc1\xbf", "\xc3", "\xe0\x9f\xbf", "\xe2\x82", "\xed\xa0\x80",
        "\xf0\x8f\xbf\xbf", "\xf0\x9f\xa5", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80"}) {
    CAPTURE(text);
    pos::json::Document document;
    CHECK_FALSE(document.parse("\"a" + std::string(text) + "ş\""));
    const std::string good = mended("\"a" + std::string(text) + "ş\"");
    CHECK(document.parse(good));
    CHECK(replacement_count(good) > 0);
    CHECK(good.substr(good.size() - 3) == "ş\"");
  }
  CHECK(mended("a\xff\xc3(") == "a" + sign + sign + "(");
}

TEST_CASE("each broken text is named by its place, and so is a name") {
  CHECK(broken(R"({"a":"x","b":[1,{"c":"ş"}]})").empty());
  CHECK(broken(R"({"table_id":"7)" + sign + R"(","items":[{},{"name":")" + sign +
               R"(","modifiers":[{"name":"a"},{"name":")" + sign + sign + "\"}]}]}") ==
        "table_id: expected valid UTF-8, got \"7" + sign +
            "\"; items[1].name: expected valid UTF-8, got \"" + sign +
            "\"; items[1].modifiers[1].name: expected valid UTF-8, got \"" + sign + sign + "\"");
  CHECK(broken(R"({"payment":{"so)" + sign + R"(":1}})") ==
        "payment.so" + sign + ": expected a name in valid UTF-8");
}

}  // namespace broken_text_test
