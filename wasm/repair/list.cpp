#include "repair/list.hpp"

#include <utility>

#include "base/csv.hpp"
#include "base/json/writer.hpp"
#include "base/text.hpp"
#include "runtime/http_answer.hpp"

namespace pos::repair {
namespace {

using store::Statement;

constexpr std::int64_t repairs_in_page = 1000;

constexpr Statement listing_repairs[] = {Statement::repair_audit, Statement::repair_list};
constexpr Statement listing_one[] = {Statement::repair_audit, Statement::repair_list,
                                     Statement::repair_lines};

// Names of columns in the order of the SELECT lists.
constexpr std::string_view repair_columns =
    "provider action target audit_id group_id restaurant_id location_id external_order_id "
    "survivor_order_id amount currency fee source_type approved_by approved_role approved_at "
    "approved state reason generation "
    "first_sent_at last_sent_at in_doubt_since look_because absent_at external_refund_id attempts "
    "next_attempt_at claimed_at lease_until done_at created_at updated_at told_by";
constexpr std::string_view line_columns = "at actor event from_state to_state token detail";

// Where a row's target stands: the next page begins behind it. And how many rows the page would
// have had without its limit in bytes.
constexpr std::size_t target_at = 2;
constexpr std::size_t page_rows_at = 34;

void write_rows(json::Writer& out, const char* name, json::Value rows, std::string_view columns) {
  out.array(name);
  for (json::Value row = rows.first(); row.present(); row = row.next()) {
    out.begin_object();
    std::string_view names = columns;
    for (json::Value cell = row.first(); !names.empty(); cell = cell.next()) {
      out.key(take_word(names));
      if (cell.is(json::Kind::integer)) {
        out.integer(cell.integer());
      } else if (cell.is(json::Kind::string)) {
        out.string(cell.text());
      } else {
        out.null();
      }
    }
    out.end_object();
  }
  out.end_array();
}

std::string csv_of(json::Value rows, std::string_view columns, bool with_heads) {
  Csv csv;
  if (with_heads) csv.heads(columns);
  for (json::Value row = rows.first(); row.present(); row = row.next()) {
    std::string_view names = columns;
    for (json::Value cell = row.first(); !names.empty(); cell = cell.next()) {
      (void)take_word(names);
      if (cell.is(json::Kind::integer)) {
        csv.cell(cell.integer());
      } else {
        csv.cell(cell.text());
      }
    }
    csv.end_row();
  }
  return csv.take();
}

/// Where the next page begins; "" behind the last one.
std::string cursor_behind_repairs(json::Value rows) {
  const json::Value last = rows.at(rows.size() - 1);
  const auto shown = static_cast<std::int64_t>(rows.size());
  if (shown < repairs_in_page && last.at(page_rows_at).integer() <= shown) return {};
  return std::string(last.at(target_at).text());
}

void finish_table(std::string table, io::Commands& out) {
  io::DoneCommand done;
  done.body = std::move(table);
  done.type = csv_type;
  out.emplace_back(std::move(done));
}

}  // namespace

void RepairList::start(io::Commands& out) {
  after_ = request_.cursor;
  ask(out);
}

void RepairList::ask(io::Commands& out) {
  json::Writer query;
  query.begin_object().member("audit_id", request_.audit_id).member("cursor", after_);
  query.member_if_any("target", request_.target).member("limit", repairs_in_page);
  if (request_.has_restaurant) query.member("restaurant_id", request_.restaurant_id);
  query.end_object();
  if (request_.target.empty()) {
    dialogue_.ask(listing_repairs, request_.context.id, query.take(), out);
  } else {
    dialogue_.ask(listing_one, request_.context.id, query.take(), out);
  }
}

// A table has no room for a cursor, so it is all of it.
void RepairList::take_table(json::Value rows, io::Commands& out) {
  append(table_, csv_of(rows, repair_columns, rounds_ == 0));
  after_ = cursor_behind_repairs(rows);
  if (after_.empty()) return finish_table(std::move(table_), out);
  if (table_.size() > table_most || ++rounds_ >= request_.context.settings.subrequest_budget / 2) {
    runtime::problem(out, 503, table_too_large);
    return;
  }
  ask(out);
}

void RepairList::step(const io::Input& input, io::Commands& out) {
  json::Value results;
  if (!dialogue_.answered(input, results, out)) return;
  if (results.first().first().at(0).integer() == 0) {
    runtime::problem(out, 404, "no such audit");
    return;
  }
  const json::Value rows = results.at(1);
  const bool one = !request_.target.empty();
  if (one && rows.size() == 0) {
    runtime::problem(out, 404, "no such repair in this audit");
    return;
  }
  if (request_.csv) {
    if (one) return finish_table(csv_of(results.at(2), line_columns, true), out);
    return take_table(rows, out);
  }
  json::Writer body;
  body.begin_object();
  write_rows(body, "repairs", rows, repair_columns);
  if (one) write_rows(body, "log", results.at(2), line_columns);
  body.key("cursor");
  const std::string cursor = cursor_behind_repairs(rows);
  if (cursor.empty()) {
    body.null();
  } else {
    body.string(cursor);
  }
  body.end_object();
  runtime::answer(out, 200, body);
}

}  // namespace pos::repair
