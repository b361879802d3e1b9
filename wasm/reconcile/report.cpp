#include "reconcile/report.hpp"

#include <set>

#include "base/csv.hpp"
#include "base/json/writer.hpp"

namespace pos::reconcile {
namespace {

using json::Writer;

constexpr const char* basis =
    "Amounts are in the smallest unit of the currency. Gross is what was sold, VAT included and "
    "tips left out. Our orders, and the ones at Square that stand for them, are on the day they "
    "were placed; all others at Square on the day they were made. The difference is Square's "
    "less ours.";

void write_vat(Writer& out, const char* name, const square::Vat& vat) {
  out.object(name);
  for (const auto& [rate, amount] : vat) out.key(rate).integer(amount);
  out.end_object();
}

void write_side(Writer& out, const char* name, const Sums& figures) {
  out.object(name).member("orders", figures.orders).member("gross", figures.gross);
  write_vat(out, "vat", figures.vat);
  out.member("vat_total", figures.vat_total()).end_object();
}

/// Members of a difference, or of a part of one.
void write_difference(Writer& out, const Sums& figures) {
  out.member("orders", figures.orders).member("gross", figures.gross);
  out.member("vat", figures.vat_total());
  write_vat(out, "vat_by_rate", figures.vat);
}

void write_balance(Writer& out, const Balance& balance) {
  write_side(out, "ours", balance.ours);
  write_side(out, "square", balance.square);
  out.object("difference");
  write_difference(out, balance.difference());
  out.end_object();
}

void write_line(Writer& out, const Line& line) {
  out.begin_object().member("reason", to_string(line.reason));
  out.member("order_id", line.order_id).member("external_order_id", line.external_order_id);
  out.member("reference_id", line.reference_id);
  write_difference(out, line.figures);
  out.member("detail", line.detail).end_object();
}

/// A day on which nothing happened in a currency is told of the main one only.
bool is_told(const Period& period, const std::string& currency, const Balance& day) {
  return currency == period.currency || day != Balance{};
}

template <typename Day, typename Each>
void walk(const Period& period, const ComparisonByCurrency& all, Day day_begins, Each each_line) {
  for (std::size_t day = 0; day < period.dates.size(); ++day) {
    for (const auto& [currency, books] : all) {
      auto line = books.lines.begin();
      while (line != books.lines.end() && line->day < day) ++line;
      const bool has_lines = line != books.lines.end() && line->day == day;
      if (!has_lines && !is_told(period, currency, books.days[day])) continue;
      day_begins(day, currency, books.days[day]);
      for (; line != books.lines.end() && line->day == day; ++line) each_line(*line);
    }
  }
}

void write_days(Writer& out, const Period& period, const ComparisonByCurrency& all) {
  bool open = false;
  const auto end_day = [&] {
    if (open) out.end_array().end_object();
  };
  out.array("days");
  walk(
      period, all,
      [&](std::size_t day, const std::string& currency, const Balance& balance) {
        end_day();
        open = true;
        out.begin_object().member("date", period.dates[day]).member("currency", currency);
        write_balance(out, balance);
        out.array("lines");
      },
      [&](const Line& line) { write_line(out, line); });
  end_day();
  out.end_array();
}

void write_totals(Writer& out, const ComparisonByCurrency& all) {
  out.array("totals");
  for (const auto& [currency, books] : all) {
    out.begin_object().member("currency", currency);
    write_balance(out, books.total());
    out.object("by_reason");
    std::set<Reason> reasons;
    for (const Line& each : books.lines) reasons.insert(each.reason);
    for (const Reason reason : reasons) {
      out.object(to_string(reason));
      write_difference(out, books.sum_of(reason));
      out.end_object();
    }
    out.end_object().end_object();
  }
  out.end_array();
}

bool explained(const ComparisonByCurrency& all) {
  for (const auto& [currency, books] : all) {
    if (!books.explained()) return false;
  }
  return true;
}

void write_cells(Csv& out, const Sums& figures) {
  out.cell(figures.orders).cell(figures.gross).cell(figures.vat_total());
}

void write_day_row(Csv& out, const std::string& date, const std::string& currency,
                   const Balance& day, const std::string& note) {
  out.cell("day").date(date).cell(currency).cell("").cell("").cell("").cell("");
  write_cells(out, day.ours);
  write_cells(out, day.square);
  write_cells(out, day.difference());
  out.cell(note).end_row();
}

void write_line_row(Csv& out, const std::string& date, const Line& line) {
  out.cell("line").date(date).cell(line.currency).cell(to_string(line.reason));
  out.cell(line.order_id).cell(line.external_order_id).cell(line.reference_id);
  for (int i = 0; i < 6; ++i) out.cell("");
  write_cells(out, line.figures);
  out.cell(line.detail).end_row();
}

}  // namespace

std::string json_of(const Whose& whose, const Period& period, const ComparisonByCurrency& books) {
  Writer out;
  out.begin_object().member("restaurant_id", whose.restaurant_id);
  out.member("account", whose.account).member("location_id", whose.location_id);
  out.member("time_zone", whose.time_zone).member("currency", period.currency);
  out.array("currencies");
  for (const auto& [currency, each] : books) out.string(currency);
  out.end_array().member("from", whose.from).member("to", whose.to).member("basis", basis);
  out.member_if_any("note", whose.note);
  write_days(out, period, books);
  write_totals(out, books);
  out.member_boolean("explained", explained(books)).end_object();
  return out.take();
}

std::string csv_of(const Whose& whose, const Period& period, const ComparisonByCurrency& books) {
  Csv out;
  out.heads(
      "kind date currency reason order_id external_order_id reference_id ours_orders ours_gross "
      "ours_vat square_orders square_gross square_vat orders gross vat detail");
  std::string date;
  walk(
      period, books,
      [&](std::size_t day, const std::string& currency, const Balance& balance) {
        date = period.dates[day];
        write_day_row(out, date, currency, balance, whose.note);
      },
      [&](const Line& line) { write_line_row(out, date, line); });
  return out.take();
}

}  // namespace pos::reconcile
