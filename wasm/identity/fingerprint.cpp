#include "identity/fingerprint.hpp"

#include <algorithm>
#include <vector>

#include "base/json/writer.hpp"
#include "base/sha256.hpp"
#include "base/sorted_indices.hpp"
#include "base/text.hpp"

namespace pos {

namespace {

using json::Kind;
using json::Value;

/// Where a lead byte of UTF-8 stands in the order of UTF-16 code units: the surrogates that stand
/// for U+10000 and above (lead bytes F0-F4) come before U+E000-U+FFFF (EE and EF).
unsigned utf16_rank(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte == 0xee || byte == 0xef ? byte + 0x10u : byte;
}

bool before_in_utf16(std::string_view a, std::string_view b) {
  return std::lexicographical_compare(
      a.begin(), a.end(), b.begin(), b.end(),
      [](char left, char right) { return utf16_rank(left) < utf16_rank(right); });
}

void append_canonical(std::string& out, Value value);

void append_array(std::string& out, Value array) {
  out += '[';
  bool comma = false;
  for (Value element = array.first(); !element.is(Kind::missing); element = element.next()) {
    if (comma) out += ',';
    comma = true;
    append_canonical(out, element);
  }
  out += ']';
}

void append_object(std::string& out, Value object) {
  std::vector<Value> members(object.size());
  Value next = object.first();
  for (Value& member : members) {
    member = next;
    next = next.next();
  }
  const auto in_order = sorted_indices(members.size(), [&](std::size_t a, std::size_t b) {
    return before_in_utf16(members[a].key(), members[b].key());
  });
  out += '{';
  bool comma = false;
  for (const std::size_t position : in_order) {
    const Value member = members[position];
    if (comma) out += ',';
    comma = true;
    json::append_string(out, member.key());
    out += ':';
    append_canonical(out, member);
  }
  out += '}';
}

/// Recursion ends: the parser refuses what is nested deeper than json::max_depth.
void append_canonical(std::string& out, Value value) {
  switch (value.kind()) {
    case Kind::missing:
    case Kind::null:
      out += "null";
      return;
    case Kind::boolean:
      out += value.boolean() ? "true" : "false";
      return;
    case Kind::integer:
      append(out, value.integer());
      return;
    case Kind::number:
      out += value.text();
      return;
    case Kind::string:
      json::append_string(out, value.text());
      return;
    case Kind::array:
      append_array(out, value);
      return;
    case Kind::object:
      append_object(out, value);
      return;
  }
}

}  // namespace

std::string canonical_json(Value value) {
  std::string text;
  append_canonical(text, value);
  return text;
}

std::string fingerprint(Value payload, std::string_view restaurant_id) {
  std::string text = "{\"payload\":";
  append_canonical(text, payload);
  text += ",\"restaurant_id\":";
  json::append_string(text, restaurant_id);
  text += '}';
  return hex(sha256(text));
}

std::string fingerprint_of(const std::string& text, const std::string& restaurant_id) {
  json::Document payload;
  if (!payload.parse(text)) return {};
  return fingerprint(payload.root(), restaurant_id);
}

}  // namespace pos
