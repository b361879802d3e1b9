// Decimal numbers as nlohmann's lexer asks the C library for them, once it has made sure that they
// are JSON's: no spaces, no base but ten. The library's own functions are large.

#pragma once

#include <cerrno>
#include <cstdint>

namespace pos::digits {

/// A decimal number of digits alone, with errno for one that passes `most`.
inline std::uint64_t read(const char* text, char** end, std::uint64_t most) {
  std::uint64_t number = 0;
  for (; *text >= '0' && *text <= '9'; ++text) {
    const auto digit = static_cast<std::uint64_t>(*text - '0');
    if (number > (most - digit) / 10) errno = ERANGE;
    number = number * 10 + digit;
  }
  *end = const_cast<char*>(text);
  return number;
}

/// A number with a minus in front.
inline std::int64_t read_negative(const char* text, char** end) {
  constexpr std::uint64_t most = std::uint64_t{1} << 63;
  return static_cast<std::int64_t>(0 - read(text + 1, end, most));
}

}  // namespace pos::digits
