// The two spellings of a point in time that cross our doors.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace pos::square {

/// True for a date-time of RFC 3339, like 2026-11-21T18:03:11.5+03:00.
[[nodiscard]] bool is_rfc3339(std::string_view text);

/// Reads the date of an HTTP header (IMF-fixdate, RFC 9110 section 5.6.7), like
/// "Sun, 06 Nov 1994 08:49:37 GMT", as seconds since 1970.
[[nodiscard]] std::optional<std::int64_t> parse_http_date(std::string_view text);

}  // namespace pos::square
