#include "square/field.hpp"

#include <utility>

#include "json/utf8.hpp"
#include "json/writer.hpp"
#include "square/currency.hpp"
#include "square/decimal.hpp"
#include "square/timestamp.hpp"

namespace pos::square {

namespace {

using json::Kind;
using json::Value;

/// Longest part of a payload that is repeated in an error.
constexpr std::size_t quoted_bytes = 60;

constexpr int quantity_fraction_digits = 5;
constexpr std::size_t percentage_size = 10;

std::string decimal(std::int64_t number) {
  std::string text;
  json::append_integer(text, number);
  return text;
}

std::string shortened(std::string_view text) {
  const std::string_view head = json::cut(text, quoted_bytes);
  return std::string(head) + (head.size() < text.size() ? "…" : "");
}

}  // namespace

std::string path(const Place& place, std::string_view name) {
  std::string text(place.object);
  if (place.index >= 0) text += '[' + decimal(place.index) + ']';
  if (!text.empty() && !name.empty()) text += '.';
  return text + shortened(name);
}

std::string describe(Value value) {
  switch (value.kind()) {
    case Kind::missing:
      return "nothing";
    case Kind::null:
      return "null";
    case Kind::boolean:
      return value.boolean() ? "true" : "false";
    case Kind::integer:
      return decimal(value.integer());
    case Kind::number:
      return shortened(value.text());
    case Kind::string: {
      std::string quoted;
      json::append_string(quoted, shortened(value.text()));
      return quoted;
    }
    case Kind::array:
      return "an array";
    case Kind::object:
      return "an object";
  }
  return "nothing";
}

void Findings::add(std::string field, std::string message) {
  if (errors_.size() == max_field_errors) return;
  errors_.push_back(FieldError{std::move(field), std::move(message)});
}

void Findings::expected(std::string field, std::string_view what, std::string_view got) {
  std::string message = "expected ";
  message.append(what).append(", got ").append(got);
  add(std::move(field), std::move(message));
}

void Field::expected(std::string_view what) const {
  findings_.expected(path(place_, value_.key()), what, describe(value_));
}

void Field::unknown() const { findings_.add(path(place_, value_.key()), "unknown field"); }

void Field::text(std::string& out, std::size_t least, std::size_t most) const {
  if (left_out()) return;
  const std::size_t size = json::character_count(value_.text());
  if (value_.is(Kind::string) && size >= least && size <= most) {
    out = value_.text();
    return;
  }
  const auto bound = [](std::size_t n) { return decimal(static_cast<std::int64_t>(n)); };
  const std::string what = least == 0
                               ? "text of at most " + bound(most) + " characters"
                               : "text of " + bound(least) + " to " + bound(most) + " characters";
  if (!value_.is(Kind::string) || size <= most) return expected(what);
  findings_.expected(path(place_, value_.key()), what, bound(size) + " characters");
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
  if (value_.is(Kind::string)) return std::string(value_.text());
  if (value_.is(Kind::integer)) return decimal(value_.integer());
  return {};
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

void Field::percentage(std::string& out) const {
  if (left_out()) return;
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
    return expected("a currency code of ISO 4217");
  }
  out = value_.text();
}

void Field::timestamp(std::string& out) const {
  if (left_out()) return;
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
