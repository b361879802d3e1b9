// The currencies of ISO 4217 that Square takes.
#pragma once

#include <string_view>

namespace pos::square {

/// True for a code of ISO 4217 that people pay with (no metals, no funds, no test codes, none that
/// was withdrawn) and that Square knows (Square OpenAPI, Currency). An amount is a number of the
/// currency's smallest units, of which JPY has none below the yen and KWD a thousand in a dinar;
/// nothing is ever scaled, so only what writes an amount for people has to know a currency's
/// digits.
[[nodiscard]] bool is_currency(std::string_view code);

/// How many digits of an amount stand behind the decimal point (ISO 4217): 2 for most.
[[nodiscard]] int minor_digits(std::string_view code);

}  // namespace pos::square
