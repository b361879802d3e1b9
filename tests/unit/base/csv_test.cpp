#include <doctest/doctest.h>

#include <string>

#include "base/csv.hpp"

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
  CHECK(cell("\tx") == "\"'\tx\"\r\n");
  CHECK(cell("\rx") == "\"'\rx\"\r\n");
  CHECK(cell("\n=x") == "\"'\n'=x\"\r\n");
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
  CHECK(csv.text() == "\xEF\xBB\xBFname,amount,at\r\nx,-5,\r\n");
}

TEST_CASE(
    "no sign that a spreadsheet reads as one of a formula begins a cell, however it is hidden") {
  for (const char* sign :
       {"=", "+", "-", "@", "＝", "＋", "－", "＠", "﹢", "﹣", "﹦", "﹫", "−"}) {
    for (const char* hidden :
         {"", " ", "   ", "\u200B", "\uFEFF", "\u00A0 ", "\u3000", "\u2060", "\x01"}) {
      const std::string text = std::string(hidden) + sign + "cmd()";
      CAPTURE(text);
      const std::string first = cell(text);
      CHECK((first.rfind("'" + text, 0) == 0 || first.rfind("\"'" + text, 0) == 0));
      for (const char* separator : {";", "\t", "\n", "\r\n"}) {
        CAPTURE(separator);
        const std::string behind = cell("x" + std::string(separator) + text);
        CHECK(behind.find(std::string(separator) + "'" + text) != std::string::npos);
        CHECK(behind.front() == '"');
      }
    }
  }
}

TEST_CASE("no quote behind a separator hides a formula: a spreadsheet takes it away") {
  CHECK(cell("a;\"=1+1;x") == "\"a;'\"\"=1+1;x\"\r\n");
  CHECK(cell("a;\"\"+1") == "\"a;'\"\"\"\"+1\"\r\n");
  CHECK(cell("a\t \" @SUM(A1)") == "\"a\t' \"\" @SUM(A1)\"\r\n");
  CHECK(cell("a\n\"＝1") == "\"a\n'\"\"＝1\"\r\n");
  CHECK(cell("a;\"b\"") == "\"a;\"\"b\"\"\"\r\n");
}

TEST_CASE("a number of many digits, and what is true or false, stay the ids that they were") {
  const std::string digits(70, '7');
  CHECK(cell(digits) == "'" + digits + "\r\n");
  CHECK(cell("TRUE") == "'TRUE\r\n");
  CHECK(cell("false") == "'false\r\n");
  CHECK(cell("truest") == "truest\r\n");
  CHECK(cell("\U000E0020=1") == "'\U000E0020=1\r\n");
  CHECK(cell("\u1160=1") == "'\u1160=1\r\n");
}

TEST_CASE("an id that looks like a number comes out of a spreadsheet as it went in") {
  for (const char* id : {"007",
                         "00",
                         "12345678901234567890",
                         "1234567890123456",
                         "1E5",
                         "12e10",
                         "2026-11-21",
                         "21.11.2026",
                         "3-11",
                         "1/2",
                         "12:30",
                         "5 PM",
                         "7p",
                         "1,000",
                         "1.0",
                         "50%",
                         "$5",
                         "₺5",
                         "(5)",
                         "MAR1",
                         "Sept2",
                         "2-Sep",
                         "1 ocak",
                         "Kas5",
                         "１２３",
                         "12 345"}) {
    CAPTURE(std::string(id));
    const std::string guarded = cell(id);
    CHECK((guarded.rfind("'", 0) == 0 || guarded.rfind("\"'", 0) == 0));
  }
}

TEST_CASE("an id that no spreadsheet changes stands in a table as it is") {
  for (const char* id : {"7", "0", "123456789012345", "A1", "adana-0001", "o1-again", "L1",
                         "2026-09-02T00:00:45.000Z", "marina", "summary", "mar", "T12", "r2",
                         "JANE DOE", "decaf 250 ml"}) {
    CAPTURE(std::string(id));
    CHECK(cell(id) == std::string(id) + "\r\n");
  }
}

TEST_CASE("a table says that it is UTF-8, once and in front, and its dates stay dates") {
  pos::Csv csv;
  csv.heads("name on").cell("Şişi").date("2026-11-21").end_row().heads("more");
  CHECK(csv.text() == "\xEF\xBB\xBFname,on\r\nŞişi,2026-11-21\r\nmore\r\n");
}

}  // namespace csv_test
