#include "api/queries.hpp"

#include <span>

#include "api/order_evidence.hpp"
#include "base/json/writer.hpp"
#include "base/text.hpp"
#include "runtime/http_answer.hpp"

namespace pos::api {
namespace {

using store::Statement;

constexpr std::int64_t page_size = 100;
constexpr std::int64_t accounts_page = 1000;

// Behind the columns of a listed row: how many rows the page would have had.
constexpr std::size_t page_rows_at = 14;
constexpr std::size_t account_page_rows_at = 19;

constexpr Statement list_all[] = {Statement::list_rows};
constexpr Statement list_dead[] = {Statement::list_dead};
constexpr Statement list_active[] = {Statement::list_active};
constexpr Statement show[] = {Statement::order_rows, Statement::order_ledger,
                              Statement::order_audit};
constexpr Statement accounts[] = {Statement::status_accounts};
constexpr Statement status[] = {Statement::status_due,      Statement::status_doubt,
                                Statement::status_dead,     Statement::status_tick,
                                Statement::status_accounts, Statement::status_codes};

// Names of columns in the order of the SELECT lists.
constexpr char queue_columns[] =
    "id order_id provider restaurant_id revision payload status attempts next_attempt_at "
    "external_order_id external_payment_id last_error created_at updated_at";
constexpr char ledger_columns[] =
    "revision restaurant_id fingerprint request first_sent_at last_sent_at in_doubt_since "
    "look_because absent_at booked_at external_order_id external_payment_id total_differs "
    "refused_at refusals";
constexpr char audit_columns[] = "revision at actor event from_status to_status token detail";
constexpr char account_columns[] =
    "restaurant_id provider location_id state paused_until pause_reason pause_detail unknown_run "
    "breaker_opens pace paused has_token key_id token_version token_expires_at token_renewed_at "
    "renewable renewal_error refused_since";
constexpr char due_columns[] = "active due oldest_active_at now";
constexpr char doubt_columns[] = "in_doubt in_doubt_since";

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

/// The columns of a row as members.
void write_columns(json::Writer& out, json::Value row, std::string_view names) {
  json::Value column = row.first();
  while (!names.empty()) {
    out.key(take_word(names));
    write_value(out, column);
    column = column.next();
  }
}

void write_rows(json::Writer& out, const char* name, json::Value rows, const char* columns) {
  out.array(name);
  for (json::Value row = rows.first(); row.present(); row = row.next()) {
    out.begin_object();
    write_columns(out, row, columns);
    out.end_object();
  }
  out.end_array();
}

std::string list_query(const Request& request) {
  json::Writer out;
  out.begin_object().member("limit", page_size);
  if (!request.cursor.empty()) out.member("cursor", number_of(request.cursor));
  write_filter(out, request.filter);
  out.end_object();
  return out.take();
}

std::string accounts_query(const Request& request) {
  json::Writer out;
  out.begin_object().member("limit", accounts_page).member_if_any("cursor", request.cursor);
  out.end_object();
  return out.take();
}

std::span<const Statement> statements_of(const Request& request) {
  if (request.route == Route::show) return show;
  if (request.route == Route::status) return status;
  if (request.route == Route::accounts) return accounts;
  const std::string& wanted = request.filter.status;
  if (wanted == "dead" || !request.filter.code.empty()) return list_dead;
  if (wanted == "pending" || wanted == "failed") return list_active;
  return list_all;
}

/// Whether others may come behind a page: a page that was cut by its bytes has some, too.
bool is_followed(json::Value rows, std::int64_t limit, std::size_t rows_at) {
  const auto shown = static_cast<std::int64_t>(rows.size());
  return shown == limit || rows.at(rows.size() - 1).at(rows_at).integer() > shown;
}

void write_list(json::Writer& body, json::Value rows) {
  write_rows(body, "orders", rows, queue_columns);
  body.key("cursor");
  if (is_followed(rows, page_size, page_rows_at)) {
    body.string(concat(rows.at(rows.size() - 1).first().integer()));
  } else {
    body.null();
  }
}

void write_accounts(json::Writer& body, json::Value rows, const char* cursor) {
  write_rows(body, "accounts", rows, account_columns);
  body.key(cursor);
  if (is_followed(rows, accounts_page, account_page_rows_at)) {
    body.string(rows.at(rows.size() - 1).first().text());
  } else {
    body.null();
  }
}

void write_order(json::Writer& body, const Request& request, json::Value results) {
  body.member("order_id", request.order_id).member("provider", request.provider);
  write_rows(body, "rows", results.at(0), queue_columns);
  write_rows(body, "ledger", results.at(1), ledger_columns);
  write_rows(body, "audit", results.at(2), audit_columns);
}

/// Rows of a code and how often it is there.
void write_counts(json::Writer& body, const char* name, json::Value rows) {
  body.object(name);
  for (json::Value row = rows.first(); row.present(); row = row.next()) {
    const std::string_view code = row.first().text();
    body.key(code.empty() ? "without_reason" : code).integer(row.at(1).integer());
  }
  body.end_object();
}

void write_status(json::Writer& body, json::Value results) {
  write_columns(body, results.at(0).first(), due_columns);
  write_columns(body, results.at(1).first(), doubt_columns);
  write_counts(body, "dead", results.at(2));
  write_columns(body, results.at(3).first(), "last_tick_at");
  write_accounts(body, results.at(4), "accounts_cursor");
  write_counts(body, "unknown_codes", results.at(5));
}

}  // namespace

void write_account_members(json::Writer& out, json::Value row) {
  write_columns(out, row, account_columns);
}

void write_account(json::Writer& out, json::Value row) {
  out.begin_object();
  write_account_members(out, row);
  out.end_object();
}

void Queries::start(io::Commands& out) {
  std::string query = accounts_query(request_);
  if (request_.route == Route::list) query = list_query(request_);
  if (request_.route == Route::show) {
    query = evidence_query(request_.order_id, request_.provider, request_.revision, nullptr);
  }
  dialogue_.ask(statements_of(request_), query, {}, out);
}

void Queries::step(const io::Input& input, io::Commands& out) {
  json::Value results;
  if (!dialogue_.answered(input, results, out)) return;
  json::Writer body;
  body.begin_object();
  if (request_.route == Route::list) {
    write_list(body, results.first());
  } else if (request_.route == Route::status) {
    write_status(body, results);
  } else if (request_.route == Route::accounts) {
    write_accounts(body, results.first(), "cursor");
  } else if (results.at(0).size() + results.at(1).size() + results.at(2).size() > 0) {
    write_order(body, request_, results);
  } else {
    runtime::problem(out, 404, "no such order");
    return;
  }
  body.end_object();
  runtime::answer(out, 200, body);
}

}  // namespace pos::api
