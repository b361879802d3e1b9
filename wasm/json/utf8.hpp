// Counting and cutting UTF-8 that is known to be valid.
#pragma once

#include <cstddef>
#include <string_view>

namespace pos::json {

/// Number of Unicode characters (code points).
[[nodiscard]] std::size_t character_count(std::string_view text);

/// The longest beginning of at most `bytes` bytes that does not split a character.
[[nodiscard]] std::string_view cut(std::string_view text, std::size_t bytes);

}  // namespace pos::json
