#include "base/json/writer.hpp"

#include <utility>

#include "base/text.hpp"

namespace pos::json {

namespace {

bool needs_escape(unsigned char byte) { return byte < 0x20 || byte == '"' || byte == '\\'; }

void append_escaped(std::string& out, unsigned char byte) {
  constexpr char digits[] = "0123456789abcdef";
  switch (byte) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\b':
      out += "\\b";
      return;
    case '\t':
      out += "\\t";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\f':
      out += "\\f";
      return;
    case '\r':
      out += "\\r";
      return;
    default:
      out += "\\u00";
      out += digits[byte >> 4];
      out += digits[byte & 0x0f];
  }
}

}  // namespace

void append_string(std::string& out, std::string_view text) {
  out += '"';
  std::size_t done = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (!needs_escape(byte)) continue;
    out.append(text.data() + done, i - done);
    append_escaped(out, byte);
    done = i + 1;
  }
  out.append(text.data() + done, text.size() - done);
  out += '"';
}

void Writer::separate() {
  if (needs_comma_) out_ += ',';
  needs_comma_ = true;
}

Writer& Writer::begin_object() {
  separate();
  out_ += '{';
  needs_comma_ = false;
  return *this;
}

Writer& Writer::end_object() {
  out_ += '}';
  needs_comma_ = true;
  return *this;
}

Writer& Writer::begin_array() {
  separate();
  out_ += '[';
  needs_comma_ = false;
  return *this;
}

Writer& Writer::end_array() {
  out_ += ']';
  needs_comma_ = true;
  return *this;
}

Writer& Writer::key(std::string_view name) {
  separate();
  append_string(out_, name);
  out_ += ':';
  needs_comma_ = false;
  return *this;
}

Writer& Writer::key(const char* name) { return key(std::string_view(name)); }

Writer& Writer::string(std::string_view text) {
  separate();
  append_string(out_, text);
  return *this;
}

Writer& Writer::integer(std::int64_t value) {
  separate();
  append(out_, value);
  return *this;
}

Writer& Writer::boolean(bool value) {
  separate();
  out_ += value ? "true" : "false";
  return *this;
}

Writer& Writer::null() {
  separate();
  out_ += "null";
  return *this;
}

Writer& Writer::raw(std::string_view json) {
  separate();
  out_ += json;
  return *this;
}

Writer& Writer::member(const char* name, std::string_view text) { return key(name).string(text); }

Writer& Writer::member(const char* name, const char* text) { return key(name).string(text); }

Writer& Writer::member(const char* name, const std::string& text) { return key(name).string(text); }

Writer& Writer::member(const char* name, std::int64_t value) { return key(name).integer(value); }

Writer& Writer::member_boolean(const char* name, bool value) { return key(name).boolean(value); }

Writer& Writer::member_if_any(const char* name, const std::string& text) {
  return text.empty() ? *this : member(name, text);
}

Writer& Writer::object(const char* name) { return key(name).begin_object(); }

Writer& Writer::array(const char* name) { return key(name).begin_array(); }

std::string Writer::take() {
  needs_comma_ = false;
  return std::exchange(out_, {});
}

}  // namespace pos::json
