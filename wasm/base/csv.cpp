#include "base/csv.hpp"

#include <algorithm>
#include <utility>

namespace pos {
namespace {

// OWASP, "CSV Injection": what a cell must not begin with.
constexpr std::string_view begins_formula = "=+-@\t\r\n";

// The same signs full width and small (U+FF1D, U+FF0B, U+FF0D, U+FF20, U+FE62, U+FE63, U+FE66,
// U+FE6B), and the minus sign U+2212: East Asian spreadsheets read them as the plain ones.
constexpr std::string_view wide_signs[] = {
    "\xEF\xBC\x9D", "\xEF\xBC\x8B", "\xEF\xBC\x8D", "\xEF\xBC\xA0", "\xEF\xB9\xA2",
    "\xEF\xB9\xA3", "\xEF\xB9\xA6", "\xEF\xB9\xAB", "\xE2\x88\x92",
};

// What is not seen, and may be trimmed: other controls, the spaces of Unicode, and what has no
// width (U+00A0, U+00AD, U+034F, U+061C, U+1680, U+180E, U+2000 to U+200F, U+2028 to U+202F, U+205F
// to U+206F, U+3000, U+3164, U+FE00 to U+FE0F, U+FEFF, U+FFA0, U+FFF9 to U+FFFB, U+E0000 to
// U+E0FFF; of Hangul, Khmer and Mongolian U+115F, U+1160, U+17B4, U+17B5, U+180B to U+180D).
bool is_unseen(std::uint32_t c) {
  return c <= 0x20 || (c >= 0x7F && c <= 0xA0) || c == 0xAD || c == 0x34F || c == 0x61C ||
         c == 0x115F || c == 0x1160 || c == 0x1680 || c == 0x17B4 || c == 0x17B5 ||
         (c >= 0x180B && c <= 0x180E) || (c >= 0x2000 && c <= 0x200F) ||
         (c >= 0x2028 && c <= 0x202F) || (c >= 0x205F && c <= 0x206F) || c == 0x3000 ||
         c == 0x3164 || (c >= 0xFE00 && c <= 0xFE0F) || c == 0xFEFF || c == 0xFFA0 ||
         (c >= 0xFFF9 && c <= 0xFFFB) || (c >= 0xE0000 && c <= 0xE0FFF);
}

/// The first character of a text that is UTF-8, and how many bytes it has.
struct Character {
  std::uint32_t code = 0;
  std::size_t bytes = 1;
};

Character first_of(std::string_view text) {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const unsigned lead = byte(0);
  if (lead < 0xC0) return {lead, 1};
  if (lead < 0xE0) return {(lead & 0x1F) << 6 | (byte(1) & 0x3F), 2};
  if (lead < 0xF0) return {(lead & 0x0F) << 12 | (byte(1) & 0x3F) << 6 | (byte(2) & 0x3F), 3};
  return {(lead & 0x07) << 18 | (byte(1) & 0x3F) << 12 | (byte(2) & 0x3F) << 6 | (byte(3) & 0x3F),
          4};
}

std::string_view without_unseen(std::string_view text) {
  while (!text.empty()) {
    const Character next = first_of(text);
    if (!is_unseen(next.code)) break;
    text.remove_prefix(std::min(next.bytes, text.size()));
  }
  return text;
}

/// Where `;` separates the cells, a quote behind it opens one, and what is behind `""` is read as
/// if there were no quotes.
std::string_view without_quotes(std::string_view text) {
  text = without_unseen(text);
  while (!text.empty() && text.front() == '"') text = without_unseen(text.substr(1));
  return text;
}

bool is_formula(std::string_view text) {
  if (text.empty()) return false;
  if (text.front() == '\t' || text.front() == '\r' || text.front() == '\n') return true;
  const std::string_view seen = without_unseen(text);
  if (seen.empty()) return false;
  if (begins_formula.find(seen.front()) != std::string_view::npos) return true;
  for (const std::string_view each : wide_signs) {
    if (seen.substr(0, each.size()) == each) return true;
  }
  return false;
}

/// Full-width digits as plain ones, letters in lower case, nothing that is not seen.
std::string as_read(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const Character next = first_of(text);
    const std::string_view bytes = text.substr(0, next.bytes);
    text.remove_prefix(bytes.size());
    if (is_unseen(next.code)) continue;
    if (next.code >= 0xFF10 && next.code <= 0xFF19) {
      out += static_cast<char>('0' + (next.code - 0xFF10));
    } else if (bytes.size() == 1 && bytes.front() >= 'A' && bytes.front() <= 'Z') {
      out += static_cast<char>(bytes.front() + ('a' - 'A'));
    } else {
      out += bytes;
    }
  }
  return out;
}

// How the names of months begin, in the languages of the restaurants that we serve.
constexpr std::string_view months =
    "jan feb mar apr may jun jul aug sep oct nov dec mai okt dez mär fév avr jui aoû déc "
    "oca şub nis haz tem ağu eyl eki kas ara";

/// Digits and one name of a month: `MAR1`, `2-Sept`, `Kas 5`.
bool is_month(std::string_view text) {
  std::string word;
  std::size_t digits = 0;
  for (const char c : text) {
    if (is_digit(c)) {
      ++digits;
    } else if (std::string_view("-/. ").find(c) == std::string_view::npos) {
      word += c;
    }
  }
  if (digits == 0 || digits > 8 || word.empty() || text.find(word) == std::string_view::npos) {
    return false;
  }
  std::string_view names = months;
  while (!names.empty()) {
    const std::string_view name = take_word(names);
    if (word.compare(0, name.size(), name) == 0) return true;
  }
  return false;
}

/// Digits and what stands in numbers, amounts, dates and times, or a half of the day behind them.
bool is_number(std::string_view text) {
  for (const std::string_view half : {"am", "pm", "a", "p"}) {
    if (text.size() > half.size() && text.substr(text.size() - half.size()) == half &&
        is_digit(text[text.size() - half.size() - 1])) {
      text.remove_suffix(half.size());
      break;
    }
  }
  constexpr std::string_view others = ".,:/-+()%$e'_ ";
  bool has_digit = false;
  while (!text.empty()) {
    const Character next = first_of(text);
    has_digit = has_digit || (next.code >= '0' && next.code <= '9');
    const bool currency =
        next.code == 0xA3 || next.code == 0xA5 || (next.code >= 0x20A0 && next.code <= 0x20CF);
    if (!currency && (next.bytes > 1 || (!is_digit(text.front()) &&
                                         others.find(text.front()) == std::string_view::npos))) {
      return false;
    }
    text.remove_prefix(std::min(next.bytes, text.size()));
  }
  return has_digit;
}

/// A spreadsheet keeps fifteen digits, and an integer without a leading 0 stays what it is.
bool survives(std::string_view text) {
  if (text.empty() || text.size() > 15 || (text.front() == '0' && text.size() > 1)) return false;
  return std::all_of(text.begin(), text.end(), is_digit);
}

// A spreadsheet takes up to 308 digits for a number, of three bytes each where they are full width.
constexpr std::size_t number_most = 1000;
constexpr std::size_t month_most = 64;

/// Excel writes `true` back as TRUE, and in its own language.
bool is_truth(std::string_view read) { return read == "true" || read == "false"; }

bool becomes_another(std::string_view text) {
  if (text.size() > number_most || survives(text)) return false;
  const std::string read = as_read(text);
  return is_number(read) || is_truth(read) || (text.size() <= month_most && is_month(read));
}

// What ends a cell unless it stands in quotes; a space at its edge would be trimmed by some.
bool needs_quotes(std::string_view text) {
  if (text.find_first_of("\",;\t\r\n") != std::string_view::npos) return true;
  return !text.empty() && (text.front() == ' ' || text.back() == ' ');
}

}  // namespace

void Csv::separate() {
  if (in_row_) out_.push_back(',');
  in_row_ = true;
}

Csv& Csv::heads(std::string_view names) {
  if (out_.empty()) out_ += byte_order_mark;
  while (!names.empty()) cell(take_word(names));
  return end_row();
}

Csv& Csv::cell(std::string_view text) {
  separate();
  const bool quoted = needs_quotes(text);
  if (quoted) out_.push_back('"');
  if (is_formula(text) || becomes_another(text)) out_.push_back('\'');
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') out_.push_back('"');
    out_.push_back(c);
    const std::string_view rest = text.substr(i + 1);
    const bool separates =
        c == ';' || c == '\t' || c == '\n' || (c == '\r' && rest.substr(0, 1) != "\n");
    if (separates && is_formula(without_quotes(rest))) out_.push_back('\'');
  }
  if (quoted) out_.push_back('"');
  return *this;
}

Csv& Csv::date(std::string_view text) {
  separate();
  out_ += text;
  return *this;
}

Csv& Csv::cell(std::int64_t number) {
  separate();
  append(out_, number);
  return *this;
}

Csv& Csv::cell_if_any(std::int64_t number) { return number == 0 ? cell("") : cell(number); }

Csv& Csv::end_row() {
  out_ += "\r\n";
  in_row_ = false;
  return *this;
}

std::string Csv::take() {
  in_row_ = false;
  return std::exchange(out_, std::string());
}

}  // namespace pos
