#include "square/listing.hpp"

#include "base/text.hpp"
#include "square/limits.hpp"

namespace pos::square {

using json::Kind;
using json::Value;

std::string url_encoded(std::string_view text) {
  constexpr char digits[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (letter || is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~') {
      out.push_back(c);
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out.push_back('%');
    out.push_back(digits[byte >> 4]);
    out.push_back(digits[byte & 15]);
  }
  return out;
}

std::string path_segment(std::string_view id) {
  if (id.empty()) return "%2500";
  const bool dots = id == "." || id == "..";
  // Encoded twice: at Square it is the text %2E or %2E%2E.
  return dots ? std::string(id.size() == 1 ? "%252E" : "%252E%252E") : url_encoded(id);
}

bool is_of(Value shown, std::string_view location_id) {
  const Value location = shown["location_id"];
  return !location.present() || location.text() == location_id;
}

bool is_list_of(Value list, std::string_view location_id) {
  if (location_id.empty()) return true;
  for (Value each = list.first(); !each.is(Kind::missing); each = each.next()) {
    if (!is_of(each, location_id)) return false;
  }
  return true;
}

bool is_whole_list(Value page, const char* name) {
  const Value cursor = page["cursor"];
  if (cursor.present() && !cursor.is(Kind::string)) return false;
  if (cursor.text().size() > cursor_most) return false;
  const Value list = page[name];
  if (list.is(Kind::missing)) {
    for (Value each = page.first(); !each.is(Kind::missing); each = each.next()) {
      if (!has_word("cursor errors", each.key())) return false;
    }
    return true;
  }
  if (!list.is(Kind::array)) return false;
  for (Value each = list.first(); !each.is(Kind::missing); each = each.next()) {
    if (id_in(each["id"], opaque_most).empty()) return false;
  }
  return true;
}

}  // namespace pos::square
