#include "door/inspect.hpp"

#include <array>
#include <span>
#include <utility>

#include "door/answer.hpp"
#include "door/evidence.hpp"
#include "json/writer.hpp"
#include "text/text.hpp"

namespace pos::door {
namespace {

using store::Statement;
using Names = std::span<const std::string_view>;

constexpr std::int64_t page_size = 100;

constexpr std::string_view queue_columns[] = {"id",
                                              "order_id",
                                              "provider",
                                              "restaurant_id",
                                              "revision",
                                              "payload",
                                              "status",
                                              "attempts",
                                              "next_attempt_at",
                                              "external_order_id",
                                              "external_payment_id",
                                              "last_error",
                                              "created_at",
                                              "updated_at"};
constexpr std::string_view ledger_columns[] = {
    "revision",      "restaurant_id", "fingerprint",       "request",
    "first_sent_at", "last_sent_at",  "in_doubt_since",    "look_because",
    "absent_at",     "booked_at",     "external_order_id", "external_payment_id"};
constexpr std::string_view audit_columns[] = {"revision",    "at",        "actor", "event",
                                              "from_status", "to_status", "token", "detail"};
constexpr std::string_view account_columns[] = {"restaurant_id", "provider",      "location_id",
                                                "state",         "paused_until",  "pause_reason",
                                                "unknown_run",   "breaker_opens", "paused"};

void write_value(json::Writer& out, json::Value value) {
  switch (value.kind()) {
    case json::Kind::integer:
      out.integer(value.integer());
      return;
    case json::Kind::number:
      out.raw(value.text());
      return;
    case json::Kind::string:
      out.string(value.text());
      return;
    case json::Kind::boolean:
      out.boolean(value.boolean());
      return;
    case json::Kind::missing:
    case json::Kind::null:
    case json::Kind::array:
    case json::Kind::object:
      out.null();
      return;
  }
}

void write_rows(json::Writer& out, json::Value rows, Names names) {
  out.begin_array();
  for (json::Value row = rows.first(); row.present(); row = row.next()) {
    out.begin_object();
    json::Value column = row.first();
    for (const std::string_view name : names) {
      out.key(name);
      write_value(out, column);
      column = column.next();
    }
    out.end_object();
  }
  out.end_array();
}

std::string list_query(const Request& request) {
  json::Writer out;
  out.begin_object().member("limit", page_size);
  out.member("cursor", request.cursor.empty() ? 0 : number_of(request.cursor));
  out.member_if_any("status", request.status);
  if (request.has_restaurant) out.member("restaurant_id", request.restaurant_id);
  out.end_object();
  return out.take();
}

Statement list_statement(const std::string& status) {
  if (status == "dead") return Statement::list_dead;
  if (status == "pending" || status == "failed") return Statement::list_active;
  return Statement::list_rows;
}

io::DoneCommand answer_list(json::Value rows) {
  json::Writer out;
  out.begin_object().key("orders");
  write_rows(out, rows, queue_columns);
  out.key("cursor");
  if (rows.size() == static_cast<std::size_t>(page_size)) {
    out.string(words(rows.at(rows.size() - 1).first().integer()));
  } else {
    out.null();
  }
  out.end_object();
  return answer(200, out.take());
}

io::DoneCommand answer_order(const Request& request, json::Value results) {
  if (results.at(0).size() + results.at(1).size() + results.at(2).size() == 0) {
    return problem(404, "no such order");
  }
  json::Writer out;
  out.begin_object().member("order_id", request.order_id).member("provider", request.provider);
  out.key("rows");
  write_rows(out, results.at(0), queue_columns);
  out.key("ledger");
  write_rows(out, results.at(1), ledger_columns);
  out.key("audit");
  write_rows(out, results.at(2), audit_columns);
  out.end_object();
  return answer(200, out.take());
}

io::DoneCommand answer_status(json::Value results) {
  const json::Value queue = results.at(0).first();
  const json::Value doubt = results.at(1).first();
  json::Writer out;
  out.begin_object().key("now");
  write_value(out, queue.at(3));
  out.key("active");
  write_value(out, queue.at(0));
  out.key("due");
  write_value(out, queue.at(1));
  out.key("oldest_active_at");
  write_value(out, queue.at(2));
  out.key("in_doubt");
  write_value(out, doubt.at(0));
  out.key("in_doubt_since");
  write_value(out, doubt.at(1));
  out.object("dead");
  for (json::Value row = results.at(2).first(); row.present(); row = row.next()) {
    const std::string_view code = row.first().text();
    out.key(code.empty() ? "without_reason" : code).integer(row.at(1).integer());
  }
  out.end_object().key("last_tick_at");
  write_value(out, results.at(3).first().first());
  out.key("accounts");
  write_rows(out, results.at(4), account_columns);
  out.end_object();
  return answer(200, out.take());
}

}  // namespace

io::Commands Inspect::start() {
  io::Commands out;
  io::D1Command batch;
  if (request_.route == Route::list) {
    batch.statements = {list_statement(request_.status)};
    batch.parameters = {list_query(request_)};
  } else if (request_.route == Route::show) {
    batch.statements = {Statement::order_rows, Statement::order_ledger, Statement::order_audit};
    batch.parameters = {
        evidence_query(request_.order_id, request_.provider, request_.revision, nullptr)};
  } else {
    batch.statements = {Statement::status_due, Statement::status_doubt, Statement::status_dead,
                        Statement::status_tick, Statement::status_accounts};
  }
  dialogue_.ask(std::move(batch), out);
  return out;
}

io::Commands Inspect::step(const io::Input& input) {
  io::Commands out;
  json::Value results;
  if (!dialogue_.answered(input, results, out)) return out;
  if (request_.route == Route::list) {
    out.emplace_back(answer_list(results.first()));
  } else if (request_.route == Route::show) {
    out.emplace_back(answer_order(request_, results));
  } else {
    out.emplace_back(answer_status(results));
  }
  return out;
}

}  // namespace pos::door
