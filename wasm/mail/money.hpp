// Amounts and dates as people write them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace pos::mail {

enum class Language : std::uint8_t { english = 0, turkish = 1 };

/// Turkish for "tr", "tr-TR" and the like; English for all others.
[[nodiscard]] Language language_of(std::string_view tag);
/// "en" or "tr"
[[nodiscard]] const char* to_string(Language language);

/// €1,234.50 in English, €1.234,50 in Turkish; the code in front where a currency has no sign that
/// everybody knows: CHF 1,234.50. With as many digits behind the point as the currency has.
[[nodiscard]] std::string money_text(std::int64_t amount, std::string_view currency,
                                     Language language);

/// 3 September 2026, 3 Eylül 2026, of a date as 2026-09-03; any other text as it is.
[[nodiscard]] std::string date_text(std::string_view date, Language language);

}  // namespace pos::mail
