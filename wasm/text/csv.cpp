#include "text/csv.hpp"

#include <utility>

namespace pos {
namespace {

// OWASP, "CSV Injection": what a cell must not begin with. A cell that begins with an apostrophe is
// shown as the text behind it.
constexpr std::string_view begins_formula = "=+-@\t\r\n";

// What ends a cell unless it stands in quotes; a space at its edge would be trimmed by some.
bool needs_quotes(std::string_view text) {
  if (text.find_first_of("\",\r\n") != std::string_view::npos) return true;
  return !text.empty() && (text.front() == ' ' || text.back() == ' ');
}

}  // namespace

void Csv::separate() {
  if (in_row_) out_.push_back(',');
  in_row_ = true;
}

Csv& Csv::heads(std::string_view names) {
  while (!names.empty()) cell(take_word(names));
  return end_row();
}

Csv& Csv::cell(std::string_view text) {
  separate();
  const bool formula = !text.empty() && begins_formula.find(text.front()) != std::string_view::npos;
  const bool quoted = needs_quotes(text);
  if (quoted) out_.push_back('"');
  if (formula) out_.push_back('\'');
  for (const char c : text) {
    if (c == '"') out_.push_back('"');
    out_.push_back(c);
  }
  if (quoted) out_.push_back('"');
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
