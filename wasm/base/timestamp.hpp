// The two spellings of a point in time that cross our doors.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pos {

/// True for a date-time of RFC 3339, like 2026-11-21T18:03:11.5+03:00.
[[nodiscard]] bool is_rfc3339(std::string_view text);

/// Reads a date-time of RFC 3339 as whole seconds since 1970; its fraction is dropped.
[[nodiscard]] std::optional<std::int64_t> parse_rfc3339(std::string_view text);

/// The same in milliseconds.
[[nodiscard]] std::optional<std::int64_t> parse_rfc3339_ms(std::string_view text);

/// Milliseconds since 1970 as 2026-11-21T18:03:11.500Z. Years 1970 to 9999.
[[nodiscard]] std::string to_rfc3339(std::int64_t unix_ms);

/// Reads the date of an HTTP header (IMF-fixdate, RFC 9110 section 5.6.7), like
/// "Sun, 06 Nov 1994 08:49:37 GMT", as seconds since 1970.
[[nodiscard]] std::optional<std::int64_t> parse_http_date(std::string_view text);

}  // namespace pos
