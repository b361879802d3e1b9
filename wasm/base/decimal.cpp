#include "base/decimal.hpp"

#include <bit>
#include <limits>

#include "base/text.hpp"

namespace pos {

namespace {

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

// Bit by bit of `a`, from the highest: arithmetic of 128 bits would bring two kilobytes of runtime.
Quotient divide_product(std::int64_t a, std::int64_t b, std::int64_t divisor) {
  using Wide = std::uint64_t;  // twice a rest of 63 bits fits
  constexpr Wide most = std::numeric_limits<std::int64_t>::max();
  const auto by = static_cast<Wide>(divisor);
  const Wide b_whole = static_cast<Wide>(b) / by;
  const Wide b_rest = static_cast<Wide>(b) % by;
  Wide whole = 0;
  Wide rest = 0;
  const auto carry = [&] {
    if (rest >= by) {
      rest -= by;
      ++whole;
    }
  };
  for (Wide bit = std::bit_floor(static_cast<Wide>(a)); bit != 0; bit >>= 1) {
    whole *= 2;
    rest *= 2;
    carry();
    if ((static_cast<Wide>(a) & bit) != 0) {
      whole += b_whole;
      rest += b_rest;
      carry();
    }
    if (whole > most) return {-1, 0};
  }
  return {static_cast<std::int64_t>(whole), static_cast<std::int64_t>(rest)};
}

std::int64_t round_product(std::int64_t a, std::int64_t b, std::int64_t divisor) {
  const Quotient exact = divide_product(a, b, divisor);
  const std::int64_t to_next = divisor - exact.rest;
  if (exact.whole < 0 || exact.rest < to_next) return exact.whole;
  const std::int64_t up = exact.rest > to_next ? 1 : exact.whole % 2;
  const bool fits = exact.whole <= std::numeric_limits<std::int64_t>::max() - up;
  return fits ? exact.whole + up : -1;
}

}  // namespace pos
