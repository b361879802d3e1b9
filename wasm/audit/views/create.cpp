#include "audit/views/create.hpp"

#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "audit/row.hpp"
#include "base/duration.hpp"
#include "base/json/writer.hpp"
#include "base/text.hpp"
#include "base/timestamp.hpp"
#include "runtime/http_answer.hpp"
#include "runtime/text_field.hpp"

namespace pos::audit {
namespace {

using json::Kind;
using json::Value;
using store::Statement;

constexpr std::int64_t range_most_ms = 366 * day_ms;
constexpr std::int64_t window_least_s = 60;
constexpr std::int64_t window_most_s = 86'400;
constexpr std::size_t id_most = 64;
constexpr std::size_t restaurants_most = 1000;

constexpr Statement quarter[] = {Statement::audit_quarter};
constexpr Statement creating[] = {Statement::audit_row,           Statement::audit_sites,
                                  Statement::audit_unknown,       Statement::audit_create,
                                  Statement::audit_create_places, Statement::audit_row};

constexpr const char* expected_time =
    "expected a date as 2026-08-01, or a time as 2026-08-01T00:00:00Z";

/// A time, or a date, which is its beginning in UTC.
std::int64_t read_time(Value value, FieldErrors& findings) {
  const std::string text(value.text());
  const std::string time = text.size() == 10 ? concat(text, "T00:00:00Z") : text;
  const auto read = parse_rfc3339_ms(time);
  if (!value.is(Kind::string) || !read) {
    findings.add(concat(value.key()), concat(expected_time, ", got ", describe(value)));
    return 0;
  }
  return *read;
}

bool is_id(std::string_view text) {
  for (const char c : text) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!letter && !is_digit(c) && c != '-' && c != '_') return false;
  }
  return !text.empty() && text.size() <= id_most;
}

void check_range(std::int64_t from_ms, std::int64_t to_ms, FieldErrors& findings) {
  if (!findings.empty()) return;
  if (from_ms == 0) return findings.add("from", expected_time);
  if (to_ms == 0) return findings.add("to", expected_time);
  if (to_ms <= from_ms) return findings.add("to", "expected a time after `from`");
  if (to_ms - from_ms > range_most_ms) {
    findings.add("to",
                 "expected at most a year (366 days) after `from`: Square refunds no payment "
                 "that is older");
  }
}

}  // namespace

void CreateAudit::start(io::Commands& out) {
  window_ms_ = request_.context.repair.window_ms;
  if (request_.route == runtime::RepairRoute::audit_quarterly) {
    asks_quarter_ = true;
    actor_ = "cron";
    return dialogue_.ask(quarter, {}, {}, out);
  }
  json::Document document;
  if (!document.parse(request_.body) || !document.root().is(Kind::object)) {
    runtime::problem(out, 400, "expected a JSON object");
    return;
  }
  id_ = concat("audit-", request_.context.id);
  FieldErrors findings;
  read_body(document.root(), findings);
  if (findings.empty()) return create(out);
  runtime::invalid(out, findings.take());
}

void CreateAudit::read_body(Value body, FieldErrors& findings) {
  for (Value each = body.first(); !each.is(Kind::missing); each = each.next()) {
    const std::string_view name = each.key();
    if (name == "provider") {
      if (!each.equals("square")) {
        findings.expected("provider", "square", describe(each));
      }
    } else if (name == "from") {
      from_ms_ = read_time(each, findings);
    } else if (name == "to") {
      to_ms_ = read_time(each, findings);
    } else if (name == "restaurants") {
      read_restaurants(each, findings);
    } else if (name == "window_seconds") {
      const std::int64_t seconds = each.integer();
      if (!each.is(Kind::integer) || seconds < window_least_s || seconds > window_most_s) {
        findings.expected("window_seconds", "an integer from 60 to 86400", describe(each));
      }
      window_ms_ = seconds * 1000;
    } else if (name == "id") {
      id_ = each.text();
      if (!is_id(id_) || id_.rfind("quarter-", 0) == 0) {
        findings.expected("id",
                          "1 to 64 letters, digits, - and _, not quarter-…, which are the cron's",
                          describe(each));
      }
    } else if (name == "actor") {
      actor_ = each.text();
      if (!each.is(Kind::string) || actor_.empty() || actor_.size() > runtime::text_most) {
        findings.expected("actor", "a text of 1 to 255 bytes", describe(each));
      }
    } else {
      findings.add(concat(name), "unknown field");
    }
  }
  check_range(from_ms_, to_ms_, findings);
}

void CreateAudit::read_restaurants(Value list, FieldErrors& findings) {
  names_restaurants_ = true;
  if (!list.is(Kind::array) || list.size() == 0 || list.size() > restaurants_most) {
    findings.expected("restaurants", "a list of 1 to 1000 ids; without it, it is all of them",
                      describe(list));
    return;
  }
  for (Value each = list.first(); !each.is(Kind::missing); each = each.next()) {
    if (!each.is(Kind::string)) {
      findings.expected(concat("restaurants[", static_cast<std::int64_t>(restaurants_.size()), "]"),
                        "a restaurant's id", describe(each));
    }
    restaurants_.emplace_back(each.text());
  }
}

// What was asked for, in one spelling. Who asks for it makes no other audit of it.
std::string CreateAudit::asked() const {
  json::Writer out;
  out.begin_object().member("from", from_ms_).member("to", to_ms_);
  out.member("window_ms", window_ms_);
  if (names_restaurants_) {
    out.array("restaurants");
    const std::set<std::string> each_once(restaurants_.begin(), restaurants_.end());
    for (const std::string& each : each_once) out.string(each);
    out.end_array();
  }
  return out.end_object().take();
}

void CreateAudit::create(io::Commands& out) {
  const Settings& settings = request_.context.settings;
  json::Writer query;
  query.begin_object().member("audit_id", id_).member("from", from_ms_).member("to", to_ms_);
  query.member("window_ms", window_ms_);
  query.member("lag_ms", settings.quiet_on_clock_ms() + settings.settle_on_clock_ms());
  query.member("actor", actor_).member("asked", asked());
  query.member("own_location", settings.location_id);
  if (names_restaurants_) {
    query.array("restaurants");
    for (const std::string& each : restaurants_) query.string(each);
    query.end_array();
  }
  dialogue_.ask(creating, {}, query.end_object().take(), out);
}

void CreateAudit::step(const io::Input& input, io::Commands& out) {
  json::Value results;
  if (!dialogue_.answered(input, results, out)) return;
  if (!std::exchange(asks_quarter_, false)) return created(results, out);
  const Value row = results.first().first();
  id_ = row.at(0).text();
  from_ms_ = row.at(1).integer();
  to_ms_ = row.at(2).integer();
  create(out);
}

void CreateAudit::created(Value results, io::Commands& out) const {
  FieldErrors findings;
  const Value unknown = results.at(2);
  for (Value row = unknown.first(); row.present(); row = row.next()) {
    findings.add(concat("restaurants[", row.at(0).integer(), "]"),
                 concat("\"", row.at(1).text(),
                        "\" has no account with a location; POST /v1/accounts makes one"));
  }
  const Value row = results.at(5).first();
  const Value sites = results.at(1).first();
  if (!row.present() && findings.empty()) {
    if (sites.at(0).integer() == 0) {
      findings.add(
          "restaurants",
          "no restaurant has an account with a location, and SQUARE_LOCATION_ID is not set");
    } else {
      findings.add("from", concat("expected a time before ", to_rfc3339(sites.at(1).integer()),
                                  ": what was sold since may be missing at Square still"));
    }
  }
  if (!findings.empty()) return runtime::invalid(out, findings.take());
  const AuditRow audit = read_audit(row);
  if (audit.asked != asked()) {
    runtime::problem(out, 409,
                     concat("there is another audit ", id_, ", which asks for something else"));
    return;
  }
  const bool is_new = !results.at(0).first().present();
  json::Writer body;
  body.begin_object();
  write_audit(body, audit);
  body.object("progress");
  write_progress(body, audit);
  body.end_object().end_object();
  if (is_new) {
    json::Writer line;
    line.begin_object().member_if_any("role", request_.context.role);
    write_audit(line, audit);
    line.end_object();
    out.emplace_back(io::LogCommand{io::Level::info, "an audit is made", line.take()});
  }
  runtime::answer(out, is_new ? 201 : 200, body);
}

}  // namespace pos::audit
