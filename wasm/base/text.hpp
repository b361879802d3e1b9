// Words and numbers in decimal, put together and taken apart.
//
// Everything here is a plain function that takes its text by pointer or by reference: in
// WebAssembly a call of one is a few bytes, where an expression of std::string operators is a
// hundred.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pos {

void append(std::string& out, const char* text);
void append(std::string& out, std::string_view text);
void append(std::string& out, const std::string& text);
/// In decimal.
void append(std::string& out, std::int64_t number);

/// Texts and 64-bit integers, one behind the other: concat("revision ", revision, " is open").
template <typename... Parts>
[[nodiscard]] std::string concat(const Parts&... parts) {
  std::string text;
  (append(text, parts), ...);
  return text;
}

[[nodiscard]] inline bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Takes the first word off a list of words with a space between them.
[[nodiscard]] std::string_view take_word(std::string_view& list);
[[nodiscard]] bool has_word(std::string_view list, std::string_view word);
[[nodiscard]] bool has_text(const std::vector<std::string>& list, std::string_view text);

/// True if the text is digits and nothing else, and there is one.
[[nodiscard]] bool all_digits(std::string_view text);

/// The greatest integer that JSON and JavaScript hold exactly: 2^53 - 1.
constexpr std::int64_t greatest_integer = 9'007'199'254'740'991;

/// The number that at most 18 digits spell; -1 for any other text.
[[nodiscard]] std::int64_t number_of(std::string_view digits);

}  // namespace pos
