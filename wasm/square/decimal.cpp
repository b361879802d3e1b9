#include "square/decimal.hpp"

#include <limits>

namespace pos::square {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::size_t digit_run(std::string_view text) {
  std::size_t size = 0;
  while (size < text.size() && is_digit(text[size])) ++size;
  return size;
}

bool is_decimal(std::string_view text) {
  const std::size_t whole = digit_run(text);
  if (whole == 0 || (whole > 1 && text[0] == '0')) return false;
  if (whole == text.size()) return true;
  if (text[whole] != '.') return false;
  const std::string_view fraction = text.substr(whole + 1);
  return !fraction.empty() && digit_run(fraction) == fraction.size();
}

}  // namespace

std::optional<Decimal> parse_decimal(std::string_view text) {
  if (text.size() > max_decimal_size || !is_decimal(text)) return std::nullopt;
  Decimal decimal;
  bool fraction = false;
  for (const char c : text) {
    if (c == '.') {
      fraction = true;
      continue;
    }
    decimal.units = decimal.units * 10 + (c - '0');
    if (fraction) ++decimal.fraction_digits;
  }
  return decimal;
}

std::string without_trailing_zeros(std::string_view decimal) {
  if (decimal.find('.') == std::string_view::npos) return std::string(decimal);
  while (decimal.back() == '0') decimal.remove_suffix(1);
  if (decimal.back() == '.') decimal.remove_suffix(1);
  return std::string(decimal);
}

std::int64_t power_of_ten(int exponent) {
  std::int64_t power = 1;
  while (exponent-- > 0) power *= 10;
  return power;
}

Int128 divide_half_even(Int128 dividend, Int128 divisor) {
  const Int128 quotient = dividend / divisor;
  const Int128 rest = dividend % divisor;
  const Int128 other = divisor - rest;
  if (rest < other) return quotient;
  if (rest > other) return quotient + 1;
  return quotient + quotient % 2;
}

std::optional<std::int64_t> narrow(Int128 value) {
  if (value < std::numeric_limits<std::int64_t>::min()) return std::nullopt;
  if (value > std::numeric_limits<std::int64_t>::max()) return std::nullopt;
  return static_cast<std::int64_t>(value);
}

}  // namespace pos::square
