// Tables for spreadsheets (RFC 4180), in which no cell is ever run as a formula and no id is ever
// read as a number.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/text.hpp"

namespace pos {

/// The content type of such a table.
inline constexpr const char* csv_type = "text/csv; charset=utf-8";

/// A table is written as a whole, so it has a limit: a Worker has 128 MB, and keeps it three times.
constexpr std::size_t table_most = 8'000'000;
inline constexpr const char* table_too_large =
    "a table of so many rows is too large for one answer; read them as JSON, page by page";

/// What stands in front of a table: Excel takes a file without it for the system's old code page,
/// and shows `Şişi` as `ÅžiÅŸi`.
inline constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

/// Writes rows front to back. Two kinds of text get an apostrophe in front, by which a spreadsheet
/// takes what is behind it for text:
///
/// - what it would take for a formula: it begins with =, +, -, @, a tab or a line break, also as a
///   full-width sign, also behind spaces and what has no width. The same within the text behind a
///   `;`, a tab or a line break, for where `;` separates the cells a new one begins there.
/// - what it would take for a number or a date and write back as another: `007`, twenty digits,
///   `1E5`, `3-11`, `MAR1`.
///
/// A number never gets one.
class Csv {
 public:
  /// The words of a list with a space between them, as one row: the heads of the columns. In front
  /// of all else, they begin the file.
  Csv& heads(std::string_view names);
  Csv& cell(std::string_view text);
  Csv& cell(std::int64_t number);
  /// A date of ours, YYYY-MM-DD, which a spreadsheet may read as one.
  Csv& date(std::string_view text);
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
