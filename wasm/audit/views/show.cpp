#include "audit/views/show.hpp"

#include <map>
#include <string_view>

#include "audit/plan/plan.hpp"
#include "audit/plan/plans_fingerprint.hpp"
#include "audit/views/group.hpp"
#include "audit/views/incomparable.hpp"
#include "base/json/writer.hpp"
#include "base/text.hpp"
#include "runtime/http_answer.hpp"

namespace pos::audit {
namespace {

using json::Value;
using store::Statement;

constexpr std::int64_t groups_page = 200;

constexpr Statement showing[] = {Statement::audit_row, Statement::audit_places,
                                 Statement::audit_repairs, Statement::audit_groups};
constexpr Statement going_on[] = {Statement::audit_row, Statement::audit_groups};
constexpr Statement left_out[] = {Statement::audit_row, Statement::audit_not_comparable};

/// The money of all places, each currency by itself.
std::map<std::string, PlanTotals> totals_of(const std::vector<AuditPlace>& places) {
  std::map<std::string, PlanTotals> totals;
  for (const AuditPlace& each : places) {
    json::Document figures;
    if (!figures.parse(each.figures)) continue;
    const std::string currency(figures.root()["currency"].text());
    if (!currency.empty()) totals[currency].add(PlanTotals::read(figures.root()));
  }
  return totals;
}

/// How many orders of all places can be compared with no other.
std::int64_t not_comparable_in(const std::vector<AuditPlace>& places) {
  std::int64_t count = 0;
  for (const AuditPlace& each : places) {
    json::Document figures;
    if (figures.parse(each.figures)) count += figures.root()["not_comparable"].integer();
  }
  return count;
}

void write_money(json::Writer& out, const std::map<std::string, PlanTotals>& totals) {
  out.array("money");
  for (const auto& [currency, figures] : totals) {
    json::Document document;
    if (!document.parse(figures.json())) continue;
    const Value sums = document.root();
    out.begin_object().member("currency", currency);
    out.member("duplicates", sums["duplicates"].integer());
    out.member("gross_overcounted", sums["gross_overcounted"].integer());
    out.member("refundable", sums["refundable"]["amount"].integer()).end_object();
  }
  out.end_array();
}

void write_repairs(json::Writer& out, Value rows) {
  out.object("repairs");
  for (const char* state : {"due", "pending", "done", "stopped"}) {
    std::int64_t items = 0;
    for (Value row = rows.first(); row.present(); row = row.next()) {
      if (row.first().equals(state)) items = row.at(1).integer();
    }
    out.member(state, items);
  }
  out.end_object();
}

/// The location whose plans are not those that its fingerprint is of; "" if all are, or if there
/// are more groups than stand on this page.
std::string changed_at(const AuditRow& audit, const std::vector<AuditPlace>& places, Value groups) {
  PlansFingerprint plans;
  for (Value row = groups.first(); row.present(); row = row.next()) {
    // What was approved of an earlier edition stands there, too.
    if (row.at(3).integer() == audit.edition) plans.add(row.at(0).text(), row.at(6).text());
  }
  return plans.differs_at(places);
}

void write_cursor(json::Writer& out, const std::string& cursor) {
  out.key("cursor");
  if (cursor.empty()) {
    out.null();
  } else {
    out.string(cursor);
  }
}

}  // namespace

// Behind the columns of a row stands how many the page would have had without its limit in bytes.
std::string ShowAudit::cursor_behind(Value rows) const {
  const std::size_t page_rows_at = incomparables() ? 9 : 8;
  const Value last = rows.at(rows.size() - 1);
  const auto shown = static_cast<std::int64_t>(rows.size());
  if (shown < groups_page && last.at(page_rows_at).integer() <= shown) return {};
  return concat(last.at(0).text(), " ", last.at(1).text());
}

void ShowAudit::start(io::Commands& out) {
  if (!request_.list.empty() && !disputes() && !incomparables()) {
    runtime::problem(
        out, 422, concat("list: expected disputes or not_comparable, got \"", request_.list, "\""));
    return;
  }
  std::string_view rest = request_.cursor;
  after_location_ = take_word(rest);
  after_group_ = rest;
  if (!request_.cursor.empty() && after_group_.empty()) {
    runtime::problem(out, 422, "cursor: expected the cursor of an earlier answer");
    return;
  }
  ask(out);
}

void ShowAudit::ask(io::Commands& out) {
  json::Writer query;
  query.begin_object().member("audit_id", request_.audit_id);
  query.member("own_location", request_.context.settings.location_id);
  query.member("after_location", after_location_).member("after_group", after_group_);
  query.member("disputes", std::int64_t{disputes()}).member("limit", groups_page).end_object();
  if (incomparables()) return dialogue_.ask(left_out, {}, query.take(), out);
  const bool all = !request_.csv && !disputes();
  dialogue_.ask(all ? std::span<const Statement>(showing) : std::span<const Statement>(going_on),
                {}, query.take(), out);
}

void ShowAudit::step(const io::Input& input, io::Commands& out) {
  Value results;
  if (!dialogue_.answered(input, results, out)) return;
  if (!results.first().first().present()) {
    runtime::problem(out, 404, "no such audit");
    return;
  }
  if (request_.csv) return take_table(runtime::D1Exchange::last_of(results), out);
  answer(results, out);
}

void ShowAudit::write_heads(Csv& csv) const {
  if (disputes()) return write_dispute_heads(csv);
  if (incomparables()) return write_incomparable_heads(csv);
  write_order_heads(csv);
}

void ShowAudit::write_line(Csv& csv, Value row) const {
  if (incomparables()) return write_incomparable(csv, row);
  const AuditGroup group = read_group(row);
  if (disputes()) return write_disputes(csv, group);
  write_orders(csv, group);
}

// A table has no room for a cursor, so it is all of it.
void ShowAudit::take_table(Value groups, io::Commands& out) {
  Csv csv;
  if (rounds_ == 0) write_heads(csv);
  for (Value row = groups.first(); row.present(); row = row.next()) {
    write_line(csv, row);
    after_location_ = row.at(0).text();
    after_group_ = row.at(1).text();
  }
  append(table_, csv.text());
  if (cursor_behind(groups).empty()) {
    out.emplace_back(io::DoneCommand{200, std::move(table_), 0, {}, csv_type});
  } else if (table_.size() <= table_most &&
             ++rounds_ < request_.context.settings.subrequest_budget / 2) {
    ask(out);
  } else {
    runtime::problem(out, 503, table_too_large);
  }
}

void ShowAudit::answer(Value results, io::Commands& out) const {
  const AuditRow audit = read_audit(results.first().first());
  const Value groups = runtime::D1Exchange::last_of(results);
  json::Writer body;
  body.begin_object();
  write_audit(body, audit);
  if (disputes()) {
    body.array("disputes");
    for (Value row = groups.first(); row.present(); row = row.next()) {
      write_disputes(body, read_group(row));
    }
  } else if (incomparables()) {
    body.array("not_comparable");
    for (Value row = groups.first(); row.present(); row = row.next()) {
      write_incomparable(body, row);
    }
  } else {
    const std::vector<AuditPlace> places = read_places(results.at(1));
    const auto totals = totals_of(places);
    body.object("progress");
    write_progress(body, audit);
    write_money(body, totals);
    body.end_object().member("not_comparable", not_comparable_in(places)).key("fingerprint");
    const std::string fingerprint = fingerprint_of(audit, places);
    const bool whole = request_.cursor.empty() && cursor_behind(groups).empty();
    const std::string changed =
        whole && !fingerprint.empty() ? changed_at(audit, places, groups) : std::string();
    if (!changed.empty()) {
      body.null().member("problem", concat("the plan of ", changed,
                                           " is not what was planned: somebody has changed it"));
    } else if (fingerprint.empty()) {
      body.null();
    } else {
      body.string(fingerprint);
    }
    body.array("totals");
    for (const auto& [currency, figures] : totals) body.raw(figures.json());
    body.end_array();
    write_repairs(body, results.at(2));
    body.array("places");
    for (const AuditPlace& each : places) write_place(body, each);
    body.end_array().array("groups");
    for (Value row = groups.first(); row.present(); row = row.next()) {
      write_group(body, read_group(row));
    }
  }
  body.end_array();
  write_cursor(body, cursor_behind(groups));
  body.end_object();
  runtime::answer(out, 200, body);
}

}  // namespace pos::audit
