// A text as one segment of a path.
#pragma once

#include <string>
#include <string_view>

#include "text/text.hpp"

namespace pos::square {

/// What is not unreserved (RFC 3986, 2.3) is percent-encoded; `.` and `..`, which would name
/// another path, too.
[[nodiscard]] inline std::string path_segment(std::string_view text) {
  const bool dots = text == "." || text == "..";
  std::string out;
  for (const char c : text) {
    const auto lower = static_cast<char>(c | 0x20);
    if ((lower >= 'a' && lower <= 'z') || is_digit(c) || c == '-' || (c == '.' && !dots) ||
        c == '_' || c == '~') {
      out += c;
      continue;
    }
    constexpr const char* digits = "0123456789ABCDEF";
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += digits[byte >> 4];
    out += digits[byte & 15];
  }
  return out;
}

}  // namespace pos::square
