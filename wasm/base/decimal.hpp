// Exact arithmetic for money: decimals as integers with a scale, rounded half to even.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pos {

/// units / 10^fraction_digits, never negative.
struct Decimal {
  std::int64_t units = 0;
  int fraction_digits = 0;
};

/// Longest decimal text that is read.
constexpr std::size_t max_decimal_size = 12;

/// Reads `12` or `12.50`: digits, no sign, no exponent, no needless zero in front; of at most
/// max_decimal_size characters.
[[nodiscard]] std::optional<Decimal> parse_decimal(std::string_view text);

/// The same number without zeros at the end of its fraction: "2.0" becomes "2".
[[nodiscard]] std::string without_trailing_zeros(std::string_view decimal);

/// 10^exponent for an exponent of 0 to 18.
[[nodiscard]] std::int64_t power_of_ten(int exponent);

/// What a division gives.
struct Quotient {
  std::int64_t whole = 0;  // -1: it does not fit
  std::int64_t rest = 0;
};

/// a x b / divisor, exactly, although the product may have 128 bits. `a` and `b` must not be
/// negative, the divisor must be positive.
[[nodiscard]] Quotient divide_product(std::int64_t a, std::int64_t b, std::int64_t divisor);

/// The same, rounded half to even; -1 if it does not fit.
[[nodiscard]] std::int64_t round_product(std::int64_t a, std::int64_t b, std::int64_t divisor);

}  // namespace pos
