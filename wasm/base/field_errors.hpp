// What is wrong with a document that a caller sent, field by field.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json/value.hpp"

namespace pos {

/// One thing that is wrong with a payload: `items[2].unit_price` and "expected an integer number
/// of minor units, got "35,00"".
struct FieldError {
  std::string field;
  std::string message;

  bool operator==(const FieldError&) const = default;
};

/// How many errors are told of one payload; one that is not ours at all would have thousands.
constexpr std::size_t max_field_errors = 50;

/// A value in the words of an error: `"35,00"`, `35.5`, `null`, `an array`, `nothing`.
[[nodiscard]] std::string describe(json::Value value);

/// Appends the beginning of a text of theirs, with "…" where there was more of it.
void append_shortened(std::string& out, std::string_view text);

/// Gathers what is wrong, and stops at max_field_errors.
class FieldErrors {
 public:
  void add(const char* field, const char* message);
  void add(const std::string& field, const std::string& message);
  /// "expected …, got …"
  void expected(const char* field, const char* what, const std::string& got);
  void expected(const std::string& field, const char* what, const std::string& got);
  [[nodiscard]] bool empty() const { return errors_.empty(); }
  [[nodiscard]] std::vector<FieldError> take() { return std::move(errors_); }

 private:
  std::vector<FieldError> errors_;
};

/// "field: message", joined with "; ".
[[nodiscard]] std::string to_string(const std::vector<FieldError>& errors);

}  // namespace pos
