#include "base/text.hpp"

#include <algorithm>

namespace pos {

void append(std::string& out, const char* text) { out.append(text); }
void append(std::string& out, std::string_view text) { out.append(text); }
void append(std::string& out, const std::string& text) { out.append(text); }

void append(std::string& out, std::int64_t number) {
  // Not std::to_chars: its tables and its cases for every width are a kilobyte.
  char digits[20];
  char* const end = digits + sizeof digits;
  char* at = end;
  // The least number has no positive counterpart among signed ones.
  const bool negative = number < 0;
  auto rest =
      negative ? 0 - static_cast<std::uint64_t>(number) : static_cast<std::uint64_t>(number);
  do {
    *--at = static_cast<char>('0' + rest % 10);
    rest /= 10;
  } while (rest != 0);
  if (negative) *--at = '-';
  out.append(at, static_cast<std::size_t>(end - at));
}

std::string_view take_word(std::string_view& list) {
  const std::size_t end = list.find(' ');
  const std::string_view word = list.substr(0, end);
  list.remove_prefix(end == std::string_view::npos ? list.size() : end + 1);
  return word;
}

bool has_word(std::string_view list, std::string_view word) {
  while (!list.empty()) {
    if (take_word(list) == word) return true;
  }
  return false;
}

bool has_text(const std::vector<std::string>& list, std::string_view text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

bool all_digits(std::string_view text) {
  for (const char c : text) {
    if (!is_digit(c)) return false;
  }
  return !text.empty();
}

std::int64_t number_of(std::string_view digits) {
  constexpr std::size_t most = 18;  // that never pass 64 bits
  if (digits.size() > most || !all_digits(digits)) return -1;
  std::int64_t number = 0;
  for (const char c : digits) number = number * 10 + (c - '0');
  return number;
}

}  // namespace pos
