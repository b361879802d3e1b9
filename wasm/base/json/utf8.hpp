// Counting and cutting UTF-8 that is known to be valid, and repairing what is not.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace pos::json {

/// Number of Unicode characters (code points).
[[nodiscard]] std::size_t character_count(std::string_view text);

/// The longest beginning of at most `bytes` bytes that does not split a character.
[[nodiscard]] std::string_view cut(std::string_view text, std::size_t bytes);

/// U+FFFD, which stands where something was no UTF-8.
constexpr std::string_view replacement_character = "\xEF\xBF\xBD";

/// How often U+FFFD stands in a text.
[[nodiscard]] std::size_t replacement_count(std::string_view text);

/// A text with U+FFFD for each byte that is no part of a UTF-8 character (RFC 3629: no overlong
/// forms, no surrogates, nothing above U+10FFFF). Valid UTF-8 stays as it is.
[[nodiscard]] std::string mended(std::string_view text);

}  // namespace pos::json
