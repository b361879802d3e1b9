// Exact arithmetic for money: decimals as integers with a scale, rounded half to even.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pos::square {

/// Holds the product of two 64-bit integers. Both wasm compilers have it.
__extension__ typedef __int128 Int128;

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

/// dividend / divisor for a dividend that is not negative and a positive divisor.
[[nodiscard]] Int128 divide_half_even(Int128 dividend, Int128 divisor);

/// The value as 64 bits, or nothing if it does not fit.
[[nodiscard]] std::optional<std::int64_t> narrow(Int128 value);

}  // namespace pos::square
