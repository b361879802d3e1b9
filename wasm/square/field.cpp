#include "square/field.hpp"

#include "base/decimal.hpp"
#include "base/json/utf8.hpp"
#include "base/json/writer.hpp"
#include "base/text.hpp"
#include "base/timestamp.hpp"
#include "square/currency.hpp"
#include "square/payload.hpp"

namespace pos::square {

namespace {

using json::Kind;
using json::Value;

constexpr int quantity_fraction_digits = 5;
constexpr std::size_t percentage_size = 10;

}  // namespace

std::string path(const Place& place, std::string_view name) {
  std::string text = place.object;
  if (place.index >= 0) text = concat(text, "[", std::int64_t{place.index}, "]");
  if (place.list_index >= 0) {
    text = concat(text, ".", place.list, "[", std::int64_t{place.list_index}, "]");
  }
  if (!text.empty() && !name.empty()) append(text, ".");
  append_shortened(text, name);
  return text;
}

void check_size(std::size_t bytes, FieldErrors& findings) {
  static_assert(max_payload_bytes == 262144);
  if (bytes <= max_payload_bytes) return;
  findings.expected("payload", "at most 262144 bytes", "more");
}

void Field::expected(const char* what) const {
  findings_.expected(path(place_, value_.key()), what, describe(value_));
}

void Field::unknown() const { findings_.add(path(place_, value_.key()), "unknown field"); }

void Field::text(std::string& out, std::size_t least, std::size_t most) const {
  if (left_out()) return;
  const bool is_text = value_.is(Kind::string);
  const std::size_t size = json::character_count(value_.text());
  if (is_text && size >= least && size <= most) {
    out = value_.text();
    return;
  }
  std::string what = "text of ";
  if (least == 0) append(what, "at most ");
  if (least > 0) what = concat(what, static_cast<std::int64_t>(least), " to ");
  what = concat(what, static_cast<std::int64_t>(most), " characters");
  if (!is_text || size <= most) return expected(what.c_str());
  findings_.expected(path(place_, value_.key()), what.c_str(),
                     concat(static_cast<std::int64_t>(size), " characters"));
}

void Field::boolean(bool& out) const {
  if (left_out()) return;
  if (!value_.is(Kind::boolean)) return expected("true or false");
  out = value_.boolean();
}

bool Field::money(std::int64_t& out) const {
  if (left_out()) return false;
  if (!value_.is(Kind::integer)) {
    expected("an integer number of minor units");
    return false;
  }
  if (value_.integer() < 0 || value_.integer() > max_money) {
    expected("an integer number of minor units from 0 to 9007199254740991");
    return false;
  }
  out = value_.integer();
  return true;
}

/// The text of a decimal that is given as text or as a JSON integer, "" otherwise.
std::string Field::decimal_text() const {
  if (value_.is(Kind::integer)) return concat(value_.integer());
  return value_.is(Kind::string) ? std::string(value_.text()) : std::string();
}

void Field::quantity(std::string& out) const {
  if (left_out()) return;
  const std::string text = decimal_text();
  const auto number = parse_decimal(text);
  if (!number || number->units == 0 || number->fraction_digits > quantity_fraction_digits) {
    return expected(
        "a decimal number above 0 of at most 12 characters with at most 5 digits of fraction");
  }
  out = without_trailing_zeros(text);
}

// The most that one is multiplied with an amount of 64 bits that still fits them.
void Field::count(std::string& out) const {
  if (left_out()) return;
  const std::string text = decimal_text();
  const auto number = parse_decimal(text);
  if (!number || number->fraction_digits > 0 || number->units > 999) {
    return expected("a whole number from 0 to 999");
  }
  out = text;
}

void Field::percentage(std::string& out) const {
  if (left_empty()) return;
  const std::string text = decimal_text();
  const auto number = parse_decimal(text);
  const bool fits = number && text.size() <= percentage_size &&
                    number->units <= 100 * power_of_ten(number->fraction_digits);
  if (!fits) return expected("a decimal number from 0 to 100 of at most 10 characters");
  // A tax of 0 changes no sum, and Square does not say whether it takes one.
  out = number->units == 0 ? std::string() : without_trailing_zeros(text);
}

void Field::currency(std::string& out) const {
  if (left_out()) return;
  if (!value_.is(Kind::string) || !is_currency(value_.text())) {
    return expected("a currency code of ISO 4217 that Square takes");
  }
  out = value_.text();
}

void Field::timestamp(std::string& out) const {
  if (left_empty()) return;
  if (!value_.is(Kind::string) || !is_rfc3339(value_.text())) {
    return expected("a time as in RFC 3339, like 2026-11-21T18:03:11Z");
  }
  out = value_.text();
}

void Field::version() const {
  if (left_out()) return;
  if (!value_.is(Kind::integer) || value_.integer() != 1) expected("1");
}

}  // namespace pos::square
