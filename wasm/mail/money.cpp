#include "mail/money.hpp"

#include "base/text.hpp"
#include "square/currency.hpp"

namespace pos::mail {
namespace {

struct Sign {
  const char* currency;
  const char* text;
};

constexpr Sign signs[] = {
    {"TRY", "₺"}, {"EUR", "€"},   {"USD", "$"},  {"GBP", "£"},
    {"JPY", "¥"}, {"CAD", "CA$"}, {"AUD", "A$"},
};

std::string sign_of(std::string_view currency) {
  for (const Sign& each : signs) {
    if (currency == each.currency) return each.text;
  }
  return concat(currency, " ");
}

constexpr std::string_view english_months =
    "January February March April May June July August September October November December";
constexpr std::string_view turkish_months =
    "Ocak Şubat Mart Nisan Mayıs Haziran Temmuz Ağustos Eylül Ekim Kasım Aralık";

}  // namespace

Language language_of(std::string_view tag) {
  const bool turkish = tag.substr(0, 2) == "tr" && (tag.size() == 2 || tag[2] == '-');
  return turkish ? Language::turkish : Language::english;
}

const char* to_string(Language language) {
  switch (language) {
    case Language::english:
      return "en";
    case Language::turkish:
      return "tr";
  }
  return "en";
}

std::string money_text(std::int64_t amount, std::string_view currency, Language language) {
  const bool turkish = language == Language::turkish;
  std::string digits = concat(amount < 0 ? -amount : amount);
  const auto fraction = static_cast<std::size_t>(square::minor_digits(currency));
  if (digits.size() <= fraction) digits.insert(0, fraction + 1 - digits.size(), '0');
  const std::size_t whole = digits.size() - fraction;
  std::string text = concat(amount < 0 ? "-" : "", sign_of(currency));
  for (std::size_t i = 0; i < whole; ++i) {
    if (i > 0 && (whole - i) % 3 == 0) text += turkish ? '.' : ',';
    text += digits[i];
  }
  if (fraction > 0) {
    text += turkish ? ',' : '.';
    append(text, std::string_view(digits).substr(whole));
  }
  return text;
}

std::string date_text(std::string_view date, Language language) {
  const std::int64_t month = date.size() == 10 ? number_of(date.substr(5, 2)) : 0;
  const std::int64_t day = month > 0 ? number_of(date.substr(8, 2)) : 0;
  if (month < 1 || month > 12 || day < 1) return std::string(date);
  std::string_view months = language == Language::turkish ? turkish_months : english_months;
  std::string_view name;
  for (std::int64_t i = 0; i < month; ++i) name = take_word(months);
  return concat(day, " ", name, " ", date.substr(0, 4));
}

}  // namespace pos::mail
