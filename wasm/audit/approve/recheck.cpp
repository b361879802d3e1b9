#include "audit/approve/recheck.hpp"

#include <algorithm>

#include "audit/scan/rows.hpp"
#include "base/json/writer.hpp"
#include "base/text.hpp"
#include "base/timestamp.hpp"
#include "square/listing.hpp"

namespace pos::audit {
namespace {

using json::Value;
using square::url_encoded;

constexpr std::int64_t orders_most = 500;
constexpr std::int64_t lost_most = 2;  // answers to one request
constexpr std::int64_t refunds_most = 100;

// Where more has happened than this the plan is stale anyway: restarting the audit is no more work.
constexpr std::int64_t pages_most = 20;
// A list of which so many pages bring nothing that is later has no end.
constexpr std::int64_t idle_most = 5;

}  // namespace

PlanRecheck::PlanRecheck(Kind kind, const AuditPlace& place, std::int64_t since_ms)
    : kind_(kind), location_id_(place.location_id), account_(place.account), sealed_(place.sealed) {
  at_.since_ms = std::max<std::int64_t>(0, since_ms);
  at_.limit = kind == Kind::orders ? orders_most : refunds_most;
}

io::FetchCommand PlanRecheck::request(const Settings& settings) const {
  io::FetchCommand fetch;
  fetch.square_version = settings.square_version;
  fetch.credential = credential_of(account_, sealed_);
  if (kind_ == Kind::orders) {
    json::Writer body;
    body.begin_object().array("location_ids").string(location_id_).end_array();
    body.object("query").object("filter").object("date_time_filter").object("updated_at");
    body.member("start_at", to_rfc3339(at_.since_ms)).end_object().end_object().end_object();
    body.object("sort").member("sort_field", "UPDATED_AT").member("sort_order", "ASC");
    body.end_object().end_object().member("limit", at_.limit);
    body.member_if_any("cursor", at_.cursor).end_object();
    fetch.url = concat(settings.base_url, "/v2/orders/search");
    fetch.body = body.take();
    return fetch;
  }
  fetch.method = io::Method::get;
  fetch.url = concat(settings.base_url, "/v2/refunds?location_id=", url_encoded(location_id_),
                     "&begin_time=", url_encoded(to_rfc3339(at_.since_ms)),
                     "&sort_order=ASC&limit=", at_.limit);
  if (!at_.cursor.empty()) append(fetch.url, concat("&cursor=", url_encoded(at_.cursor)));
  return fetch;
}

PlanRecheck::Found PlanRecheck::take(const net::Reply& reply, const ApprovalPreconditions& basis,
                                     std::int64_t from_ms, std::int64_t to_ms) {
  state = State::resting;
  if (reply.transport == net::Transport::too_large && at_.limit > 1) {
    at_.limit = std::max<std::int64_t>(1, at_.limit / 5);
    at_.go_on_without_cursor();
    Found found;
    found.nothing = true;
    return found;
  }
  json::Document body;
  if (square::is_answer(reply, body)) {
    lost_ = 0;
    return take_page(body.root(), basis, from_ms, to_ms);
  }
  const net::Outcome refusal = square::read_refusal(reply);
  Found found;
  // An approval asks for dozens of pages: it would never get through if each had to come at once.
  found.nothing = refusal.result == net::Result::unknown && lost_ < lost_most;
  if (found.nothing) {
    ++lost_;
    return found;
  }
  found.refused = refusal.detail;
  found.retry_after_ms = refusal.retry_after_ms;
  return found;
}

PlanRecheck::Found PlanRecheck::take_page(Value body, const ApprovalPreconditions& basis,
                                          std::int64_t from_ms, std::int64_t to_ms) {
  Found found;
  const char* name = kind_ == Kind::orders ? "orders" : "refunds";
  if (!square::is_whole_list(body, name)) {
    found.refused = concat(name, ": a list that cannot be read");
    return found;
  }
  reached_ms_ = 0;
  if (kind_ == Kind::orders) {
    take_orders(body[name], basis, from_ms, to_ms, found);
  } else {
    take_refunds(body[name], basis, found);
  }
  if (!found.refused.empty() || !found.stale.empty()) return found;
  const bool followed = at_.follow(std::string(body["cursor"].text()), reached_ms_);
  if (followed && at_.cursor.empty()) return found;
  if (!followed || at_.idle >= idle_most) {
    found.refused = concat(name, ": a list that does not come to an end");
  } else if (at_.paging.pages() == pages_most) {
    found.stale = concat("too much has happened at ", location_id_, " since it was read");
  }
  return found;
}

void PlanRecheck::take_orders(Value list, const ApprovalPreconditions& basis, std::int64_t from_ms,
                              std::int64_t to_ms, Found& found) {
  json::Writer rows;
  rows.begin_array();
  bool any = false;
  for (Value each = list.first(); each.present(); each = each.next()) {
    const auto sale = square::read_sale(each);
    const auto updated = parse_rfc3339_ms(each["updated_at"].text());
    if (!sale || !updated) {
      found.refused = "orders: a list that cannot be read";
      return;
    }
    reached_ms_ = std::max(reached_ms_, *updated);
    const bool in_range = sale->created_at_ms >= from_ms && sale->created_at_ms < to_ms;
    const bool asked = in_range || sale->created_at_ms == 0;
    if (!asked || !basis.concerns(location_id_, *sale)) continue;
    write_row(rows, *sale);
    any = true;
  }
  if (any) found.rows = rows.end_array().take();
}

void PlanRecheck::take_refunds(Value list, const ApprovalPreconditions& basis, Found& found) {
  for (Value each = list.first(); each.present(); each = each.next()) {
    const auto refund = square::read_refund(each);
    if (!refund) {
      found.refused = "refunds: a list that cannot be read";
      return;
    }
    reached_ms_ = std::max(reached_ms_, refund->created_at_ms);
    if (basis.concerns(*refund)) {
      found.stale = concat("payment ", refund->payment_id, " was refunded since");
      return;
    }
  }
}

void PlanRecheck::go_on() { state = at_.cursor.empty() ? State::over : State::resting; }

}  // namespace pos::audit
