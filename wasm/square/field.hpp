// One member of a payload: reads it into place, or says what was expected and what was there.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/field_errors.hpp"
#include "base/json/value.hpp"

namespace pos::square {

/// Largest amount: what JavaScript and JSON tools hold exactly, 2^53 - 1.
constexpr std::int64_t max_money = 9007199254740991;

/// Where a member stands: "" for the payload itself, "payment", "items" with an index, or a list of
/// such an item with another one.
struct Place {
  const char* object = "";
  int index = -1;
  const char* list = "";
  int list_index = -1;
};

/// "items[2].unit_price", "items[2].modifiers[0].name"
[[nodiscard]] std::string path(const Place& place, std::string_view name);

/// Complains about a payload of so many bytes, if they are more than max_payload_bytes.
void check_size(std::size_t bytes, FieldErrors& findings);

/// A member with its place. Each reader takes null for "left out", and so do those of optional text
/// with "": many forms send it for an empty field. `out` is left alone when
/// the value is wrong.
class Field {
 public:
  Field(json::Value value, Place place, FieldErrors& findings)
      : value_(value), place_(place), findings_(findings) {}

  /// Text of `least` to `most` characters.
  void text(std::string& out, std::size_t least, std::size_t most) const;
  void boolean(bool& out) const;
  /// An integer number of minor units, 0 to max_money. True if there was one.
  bool money(std::int64_t& out) const;
  /// A decimal above 0 of at most 12 characters and 5 digits of fraction.
  void quantity(std::string& out) const;
  /// A whole number from 0 to 999.
  void count(std::string& out) const;
  /// A decimal from 0 to 100 of at most 10 characters; 0 and "" are read as no tax.
  void percentage(std::string& out) const;
  void currency(std::string& out) const;
  /// A time of RFC 3339, or "".
  void timestamp(std::string& out) const;
  /// The number 1.
  void version() const;
  /// No field of this name is known.
  void unknown() const;

  /// "expected {what}, got {the value}"
  void expected(const char* what) const;

  [[nodiscard]] json::Value value() const { return value_; }

 private:
  [[nodiscard]] bool left_out() const { return value_.is(json::Kind::null); }
  [[nodiscard]] bool left_empty() const {
    return left_out() || (value_.is(json::Kind::string) && value_.text().empty());
  }
  [[nodiscard]] std::string decimal_text() const;

  json::Value value_;
  Place place_;
  FieldErrors& findings_;
};

}  // namespace pos::square
