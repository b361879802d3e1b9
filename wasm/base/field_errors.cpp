#include "base/field_errors.hpp"

#include "base/json/utf8.hpp"
#include "base/json/writer.hpp"
#include "base/text.hpp"

namespace pos {

namespace {

using json::Kind;
using json::Value;

/// Longest part of a payload that is repeated in an error.
constexpr std::size_t quoted_bytes = 60;

}  // namespace

void append_shortened(std::string& out, std::string_view text) {
  const std::string_view head = json::cut(text, quoted_bytes);
  append(out, head);
  if (head.size() < text.size()) append(out, "…");
}

std::string describe(Value value) {
  std::string text;
  switch (value.kind()) {
    case Kind::missing:
      return "nothing";
    case Kind::null:
      return "null";
    case Kind::boolean:
      return value.boolean() ? "true" : "false";
    case Kind::array:
      return "an array";
    case Kind::object:
      return "an object";
    case Kind::integer:
      append(text, value.integer());
      break;
    case Kind::number:
      append_shortened(text, value.text());
      break;
    case Kind::string: {
      std::string shortened;
      append_shortened(shortened, value.text());
      json::append_string(text, shortened);
      break;
    }
  }
  return text;
}

void FieldErrors::add(const char* field, const char* message) {
  add(std::string(field), std::string(message));
}

void FieldErrors::add(const std::string& field, const std::string& message) {
  if (errors_.size() == max_field_errors) return;
  FieldError& error = errors_.emplace_back();
  error.field = field;
  error.message = message;
}

void FieldErrors::expected(const char* field, const char* what, const std::string& got) {
  expected(std::string(field), what, got);
}

void FieldErrors::expected(const std::string& field, const char* what, const std::string& got) {
  add(field, concat("expected ", what, ", got ", got));
}

std::string to_string(const std::vector<FieldError>& errors) {
  std::string text;
  for (const FieldError& error : errors) {
    append(text, text.empty() ? "" : "; ");
    append(text, concat(error.field, ": ", error.message));
  }
  return text;
}

}  // namespace pos
