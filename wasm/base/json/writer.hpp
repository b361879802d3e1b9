// Writes compact JSON into one string; commas and quotes are its business.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace pos::json {

/// Appends `text` to `out` as a JSON string with its quotes. Control characters, `"` and `\` are
/// escaped as RFC 8785 does; everything else is passed through as UTF-8.
void append_string(std::string& out, std::string_view text);

/// Builds one JSON text front to back. Between begin_object and end_object call key() before each
/// value; the writer does not check the order of calls.
class Writer {
 public:
  Writer& begin_object();
  Writer& end_object();
  Writer& begin_array();
  Writer& end_array();
  Writer& key(const char* name);
  Writer& key(std::string_view name);
  Writer& string(std::string_view text);
  Writer& integer(std::int64_t value);
  Writer& boolean(bool value);
  Writer& null();
  /// Appends text that is JSON already.
  Writer& raw(std::string_view json);

  /// key() and a value in one call, for every kind of text that there is: a conversion at each call
  /// would be larger than the call.
  Writer& member(const char* name, const char* text);
  Writer& member(const char* name, const std::string& text);
  Writer& member(const char* name, std::string_view text);
  Writer& member(const char* name, std::int64_t value);
  Writer& member_boolean(const char* name, bool value);
  /// The same, but nothing at all for "".
  Writer& member_if_any(const char* name, const std::string& text);
  /// key() and begin_object().
  Writer& object(const char* name);
  /// key() and begin_array().
  Writer& array(const char* name);

  [[nodiscard]] const std::string& text() const { return out_; }
  [[nodiscard]] std::string take();

 private:
  void separate();

  std::string out_;
  bool needs_comma_ = false;
};

}  // namespace pos::json
