// Tables for spreadsheets (RFC 4180), in which no cell is ever run as a formula.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "text/text.hpp"

namespace pos {

/// The content type of such a table.
inline constexpr const char* csv_type = "text/csv; charset=utf-8";

/// Writes rows front to back. A text that a spreadsheet would take for a formula (it begins with
/// =, +, -, @, a tab or a line break) gets an apostrophe in front; a number never does.
class Csv {
 public:
  /// The words of a list with a space between them, as one row: the heads of the columns.
  Csv& heads(std::string_view names);
  Csv& cell(std::string_view text);
  Csv& cell(std::int64_t number);
  /// The same, but an empty cell for 0: a time that there is none of.
  Csv& cell_if_any(std::int64_t number);
  Csv& end_row();

  [[nodiscard]] const std::string& text() const { return out_; }
  [[nodiscard]] std::string take();

 private:
  void separate();

  std::string out_;
  bool in_row_ = false;
};

}  // namespace pos
