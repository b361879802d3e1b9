#include <doctest/doctest.h>

#include <string>

#include "text/csv.hpp"

namespace csv_test {

namespace {

std::string cell(std::string_view text) {
  pos::Csv csv;
  csv.cell(text).end_row();
  return csv.take();
}

}  // namespace

TEST_CASE("no cell of a table can be run as a formula") {
  CHECK(cell("=1+1") == "'=1+1\r\n");
  CHECK(cell("+90 555") == "'+90 555\r\n");
  CHECK(cell("-2") == "'-2\r\n");
  CHECK(cell("@SUM(A1)") == "'@SUM(A1)\r\n");
  CHECK(cell("\tx") == "'\tx\r\n");
  CHECK(cell("\rx") == "\"'\rx\"\r\n");
  CHECK(cell("\n=x") == "\"'\n=x\"\r\n");
  CHECK(cell("=\"a\",b") == "\"'=\"\"a\"\",b\"\r\n");
}

TEST_CASE("a text that is no formula stands in a table as it is") {
  CHECK(cell("Adana Şiş Bey") == "Adana Şiş Bey\r\n");
  CHECK(cell("a=b") == "a=b\r\n");
  CHECK(cell("") == "\r\n");
}

TEST_CASE("commas, quotes and line breaks stay within their cell") {
  CHECK(cell("a,b") == "\"a,b\"\r\n");
  CHECK(cell("say \"hi\"") == "\"say \"\"hi\"\"\"\r\n");
  CHECK(cell("two\nlines") == "\"two\nlines\"\r\n");
  CHECK(cell(" padded ") == "\" padded \"\r\n");
}

TEST_CASE("a number is a number in a table, also below zero; a row ends as RFC 4180 says") {
  pos::Csv csv;
  csv.heads("name amount at").cell("x").cell(std::int64_t{-5}).cell_if_any(0).end_row();
  CHECK(csv.text() == "name,amount,at\r\nx,-5,\r\n");
}

}  // namespace csv_test
