#include "harness/past_model.hpp"

#include <algorithm>

#include "base/json/value.hpp"
#include "base/json/writer.hpp"
#include "base/text.hpp"
#include "base/timestamp.hpp"
#include "square/order_content.hpp"

namespace world {
namespace {

using pos::io::Method;
using pos::json::Document;
using pos::json::Value;
using pos::json::Writer;

constexpr const char* location = "L1";
constexpr const char* currency = "TRY";

void write_money(Writer& out, const char* name, std::int64_t amount) {
  out.object(name).member("amount", amount).member("currency", currency).end_object();
}

std::string wrapped(const char* name, const std::string& json) {
  Writer out;
  out.begin_object().key(name).raw(json).end_object();
  return out.take();
}

/// A parameter of a URL, with its escapes undone.
std::string query_parameter(std::string_view query, std::string_view name) {
  const std::string front = std::string(name) + "=";
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    std::string_view pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (pair.substr(0, front.size()) != front) continue;
    pair.remove_prefix(front.size());
    std::string text;
    for (std::size_t i = 0; i < pair.size(); ++i) {
      if (pair[i] == '%') {
        text += static_cast<char>(std::stoi(std::string(pair.substr(i + 1, 2)), nullptr, 16));
        i += 2;
      } else {
        text += pair[i];
      }
    }
    return text;
  }
  return {};
}

bool has_happened(std::int64_t at_ms, std::int64_t until_ms) {
  return at_ms >= 0 && at_ms <= until_ms;
}

std::int64_t count_until(const std::vector<std::int64_t>& times, std::int64_t until_ms) {
  return std::count_if(times.begin(), times.end(),
                       [&](std::int64_t each) { return each <= until_ms; });
}

}  // namespace

std::string PastRefund::status_at(std::int64_t until_ms) const {
  std::string last = statuses.front().second;
  for (const auto& [since, status] : statuses) {
    if (since <= until_ms) last = status;
  }
  return last;
}

std::int64_t PastOrder::total_at(std::int64_t until_ms) const {
  return total + (has_happened(edited_at_ms, until_ms) ? added : 0);
}

void PastModel::sell(const std::string& order_id, const std::string& payment_id,
                     std::int64_t amount, const std::string& source_type) {
  PastPayment& payment = payments[payment_id];
  payment.id = payment_id;
  payment.order_id = order_id;
  payment.amount = amount;
  payment.source_type = source_type;
  PastOrder& order = orders[order_id];
  order.id = order_id;
  order.total = amount;
  order.payment_ids = {payment_id};
  order.paid_at_ms = 0;
}

void PastModel::leave_open(const std::string& order_id, std::int64_t total) {
  orders[order_id].id = order_id;
  orders[order_id].total = total;
}

PastRefund& PastModel::add_refund(const std::string& payment_id, std::int64_t amount,
                                  const std::string& status, std::int64_t now_ms) {
  PastRefund& refund = refunds.emplace_back();
  refund.id = "R" + std::to_string(next_id_++);
  refund.payment_id = payment_id;
  refund.amount = amount;
  refund.at_ms = now_ms;
  refund.statuses.emplace_back(now_ms, status);
  return refund;
}

void PastModel::refund_by_hand(const std::string& payment_id, std::int64_t amount,
                               std::int64_t now_ms) {
  if (refunded(payment_id) + amount > payments.at(payment_id).amount) return;
  add_refund(payment_id, amount, "COMPLETED", now_ms).reason = "the guest was charged twice";
}

void PastModel::touch(const std::string& payment_id, std::int64_t now_ms) {
  payments.at(payment_id).touched_ms.push_back(now_ms);
}

void PastModel::touch_order(const std::string& order_id, std::int64_t now_ms) {
  orders.at(order_id).touched_ms.push_back(now_ms);
}

void PastModel::edit_by_hand(const std::string& order_id, std::int64_t price, std::int64_t now_ms) {
  PastOrder& order = orders.at(order_id);
  if (order.canceled_at_ms >= 0) return;
  touch_order(order_id, now_ms);
  order.edited_at_ms = now_ms;
  order.added = price;
  order.note = price == 0 ? "without onions" : "";
}

void PastModel::cancel_by_hand(const std::string& order_id, std::int64_t now_ms) {
  PastOrder& order = orders.at(order_id);
  if (order.paid_at_ms < 0 && order.canceled_at_ms < 0) order.canceled_at_ms = now_ms;
}

void PastModel::pay_by_hand(const std::string& order_id, std::int64_t now_ms) {
  PastOrder& order = orders.at(order_id);
  if (order.paid_at_ms >= 0 || order.canceled_at_ms >= 0) return;
  order.paid_at_ms = now_ms;
  order.payment_ids = {"paid-" + order_id};
  PastPayment& payment = payments[order.payment_ids.front()];
  payment.id = order.payment_ids.front();
  payment.order_id = order_id;
  payment.amount = order.total_at(now_ms);
}

void PastModel::settle_pending(const std::string& status, std::int64_t now_ms) {
  for (PastRefund& each : refunds) {
    if (each.status() == "PENDING") each.statuses.emplace_back(now_ms, status);
  }
}

PastModel::Reply PastModel::apply(Method method, const std::string& path, const std::string& body,
                                  std::int64_t now_ms, std::int64_t started_ms) {
  if (method == Method::get) return read(path, now_ms);
  Document document;
  if (!document.parse(body)) return refused(400, "BAD_REQUEST", "no JSON");
  const std::string key(document.root()["idempotency_key"].text());
  bodies.emplace(key, body);
  const auto known = remembered_.find(key);
  const bool remembers = dedupes && known != remembered_.end() &&
                         known->second.at_ms <= started_ms &&
                         now_ms - known->second.at_ms <= remembers_ms;
  if (remembers) {
    if (known->second.body == body) return known->second.reply;
    return refused(400, "IDEMPOTENCY_KEY_REUSED", "another body under this key");
  }
  Reply reply = change(path, body, now_ms);
  if (reply.status == 200 || remembers_refusals) remembered_[key] = {body, reply, now_ms};
  return reply;
}

PastModel::Reply PastModel::change(const std::string& path, const std::string& body,
                                   std::int64_t now_ms) {
  Document document;
  static_cast<void>(document.parse(body));
  if (path == "/v2/refunds") return refund(document.root(), now_ms);
  if (path.rfind("/v2/orders/", 0) == 0) {
    return cancel(path.substr(std::string("/v2/orders/").size()), document.root(), now_ms);
  }
  return refused(404, "NOT_FOUND", path);
}

// As Square says of RefundPayment; the version token is looked at first.
PastModel::Reply PastModel::refund(Value request, std::int64_t now_ms) {
  const std::string id(request["payment_id"].text());
  const auto found = payments.find(id);
  if (found == payments.end()) return refused(404, "NOT_FOUND", "no such payment");
  const PastPayment& payment = found->second;
  const std::string token(request["payment_version_token"].text());
  if (checks_version && token != "v" + std::to_string(version_of(payment, now_ms))) {
    return refused(409, "VERSION_MISMATCH", "the payment has another version by now");
  }
  if (payment.status != "COMPLETED") return refused(400, "PAYMENT_NOT_REFUNDABLE", payment.status);
  for (const auto& [disputed, state] : disputes) {
    if (disputed == id) return refused(400, "PAYMENT_NOT_REFUNDABLE_DUE_TO_DISPUTE", state);
  }
  const std::int64_t amount = request["amount_money"]["amount"].integer();
  if (checks_amount && refunded(id) + amount > payment.amount) {
    return refused(400, "REFUND_AMOUNT_INVALID", "more than is left");
  }
  const bool records = payment.source_type == "CASH" || payment.source_type == "EXTERNAL";
  PastRefund& made = add_refund(id, amount, records ? "COMPLETED" : next_status, now_ms);
  made.key = request["idempotency_key"].text();
  made.reason = request["reason"].text();
  return {200, wrapped("refund", refund_at(made, now_ms))};
}

PastModel::Reply PastModel::cancel(const std::string& order_id, Value request,
                                   std::int64_t now_ms) {
  const auto found = orders.find(order_id);
  if (found == orders.end()) return refused(404, "NOT_FOUND", "no such order");
  PastOrder& order = found->second;
  if (order.canceled_at_ms >= 0 || order.paid_at_ms >= 0) {
    return refused(400, "BAD_REQUEST", "orders in a terminal state cannot be updated");
  }
  if (request["order"]["version"].integer() != version_of(order, now_ms)) {
    return refused(400, "VERSION_MISMATCH", "the order has another version by now");
  }
  order.canceled_at_ms = now_ms;
  order.canceled_by = request["idempotency_key"].text();
  return {200, wrapped("order", order_at(order, now_ms))};
}

void PastModel::note(const std::string& body) {
  Document document;
  if (!document.parse(body)) return;
  bodies.emplace(std::string(document.root()["idempotency_key"].text()), body);
}

// ---- reading ----

PastModel::Reply PastModel::read(const std::string& path, std::int64_t now_ms) {
  reads.push_back(path);
  const std::string resource = path.substr(0, path.find('?'));
  const std::string query = path.substr(std::min(resource.size() + 1, path.size()));
  if (resource == "/v2/refunds") return list_refunds(query, now_ms - list_lag_ms);
  if (resource == "/v2/disputes") return list_disputes(query);
  const std::string id = resource.substr(resource.rfind('/') + 1);
  const std::int64_t until_ms = now_ms - read_lag_ms;
  if (resource.rfind("/v2/payments/", 0) == 0 && payments.count(id) > 0) {
    return {200, wrapped("payment", payment_at(payments.at(id), until_ms))};
  }
  if (resource.rfind("/v2/orders/", 0) == 0 && orders.count(id) > 0) {
    return {200, wrapped("order", order_at(orders.at(id), until_ms))};
  }
  if (resource.rfind("/v2/refunds/", 0) == 0) {
    for (const PastRefund& each : refunds) {
      if (each.id == id && each.at_ms <= until_ms) {
        return {200, wrapped("refund", refund_at(each, until_ms))};
      }
    }
  }
  return refused(404, "NOT_FOUND", path);
}

std::int64_t PastModel::version_of(const PastPayment& payment, std::int64_t until_ms) const {
  std::int64_t version = 1 + count_until(payment.touched_ms, until_ms);
  for (const PastRefund& each : refunds) {
    if (each.payment_id != payment.id) continue;
    for (const auto& change : each.statuses) version += change.first <= until_ms ? 1 : 0;
  }
  return version;
}

std::int64_t PastModel::version_of(const PastOrder& order, std::int64_t until_ms) const {
  return 1 + count_until(order.touched_ms, until_ms) +
         (has_happened(order.paid_at_ms, until_ms) ? 1 : 0) +
         (has_happened(order.canceled_at_ms, until_ms) ? 1 : 0);
}

std::string PastModel::payment_at(const PastPayment& payment, std::int64_t until_ms) const {
  std::int64_t sum = 0;
  Writer ids;
  ids.begin_array();
  for (const PastRefund& each : refunds) {
    if (each.payment_id != payment.id || each.at_ms > until_ms) continue;
    const std::string status = each.status_at(until_ms);
    if (status == "COMPLETED" || status == "PENDING") sum += each.amount;
    ids.string(each.id);
  }
  ids.end_array();
  Writer out;
  out.begin_object().member("id", payment.id).member("order_id", payment.order_id);
  out.member("location_id", location).member("status", payment.status);
  out.member("source_type", payment.source_type);
  write_money(out, "amount_money", payment.amount);
  write_money(out, "total_money", payment.amount);
  if (sum > 0) write_money(out, "refunded_money", sum);
  if (ids.text() != "[]") out.key("refund_ids").raw(ids.text());
  out.member("version_token", "v" + std::to_string(version_of(payment, until_ms))).end_object();
  return out.take();
}

std::string PastModel::order_at(const PastOrder& order, std::int64_t until_ms) const {
  const bool paid = has_happened(order.paid_at_ms, until_ms);
  const bool canceled = has_happened(order.canceled_at_ms, until_ms);
  Writer out;
  out.begin_object().member("id", order.id).member("location_id", location);
  out.member("state", canceled ? "CANCELED" : paid ? "COMPLETED" : "OPEN");
  out.member("version", version_of(order, until_ms));
  out.member("created_at", rfc3339(0));
  const bool edited = has_happened(order.edited_at_ms, until_ms);
  const std::int64_t total = order.total_at(until_ms);
  out.array("line_items");
  const auto line = [&](const char* name, std::int64_t price, const std::string& note) {
    out.begin_object().member("name", name).member("quantity", "1");
    write_money(out, "base_price_money", price);
    out.member_if_any("note", note).end_object();
  };
  line("Adana", order.total, edited ? order.note : "");
  if (edited && order.added != 0) line("Lahmacun", order.added, "");
  out.end_array();
  write_money(out, "total_money", total);
  write_money(out, "net_amount_due_money", paid ? 0 : total);
  if (paid) {
    out.array("tenders");
    for (const std::string& each : order.payment_ids) {
      out.begin_object().member("id", each).member("type", "CARD").end_object();
    }
    out.end_array();
  }
  out.end_object();
  return out.take();
}

std::string PastModel::refund_at(const PastRefund& refund, std::int64_t until_ms) const {
  Writer out;
  out.begin_object().member("id", refund.id).member("status", refund.status_at(until_ms));
  out.member("location_id", location).member("payment_id", refund.payment_id);
  write_money(out, "amount_money", refund.amount);
  out.member("reason", refund.reason).member("created_at", rfc3339(refund.at_ms)).end_object();
  return out.take();
}

PastModel::Reply PastModel::list_refunds(std::string_view query, std::int64_t until_ms) const {
  if (query_parameter(query, "location_id") != location) return {200, "{}"};
  const auto since_s = pos::parse_rfc3339(query_parameter(query, "begin_time"));
  if (!since_s) return refused(400, "INVALID_TIME", "begin_time");
  std::vector<const PastRefund*> all;
  for (const PastRefund& each : refunds) {
    if (each.at_ms <= until_ms && each.at_ms >= *since_s * 1000) all.push_back(&each);
  }
  const std::string cursor = query_parameter(query, "cursor");
  const auto from = cursor.empty() ? std::size_t{0} : std::stoul(cursor);
  const auto to = std::min(all.size(), from + static_cast<std::size_t>(page_most));
  Writer out;
  out.begin_object();
  if (from < to) {
    out.array("refunds");
    for (std::size_t i = from; i < to; ++i) out.raw(refund_at(*all[i], until_ms));
    out.end_array();
  }
  if (to < all.size()) out.member("cursor", std::to_string(to));
  out.end_object();
  return {200, out.take()};
}

PastModel::Reply PastModel::list_disputes(std::string_view query) const {
  const std::string cursor = query_parameter(query, "cursor");
  const auto from = cursor.empty() ? std::size_t{0} : std::stoul(cursor);
  const auto to = std::min(disputes.size(), from + static_cast<std::size_t>(page_most));
  Writer out;
  out.begin_object();
  if (to < disputes.size()) out.member("cursor", std::to_string(to));
  if (from < to) {
    out.array("disputes");
    for (std::size_t i = from; i < to; ++i) {
      const auto& [payment, state] = disputes[i];
      out.begin_object().member("id", "D-" + payment).member("state", state);
      out.object("disputed_payment").member("payment_id", payment).end_object().end_object();
    }
    out.end_array();
  }
  out.end_object();
  return {200, out.take()};
}

std::string PastModel::fingerprint(const std::string& order_id, std::int64_t now_ms) const {
  Document order;
  static_cast<void>(order.parse(order_at(orders.at(order_id), now_ms)));
  return pos::square::content_fingerprint(order.root());
}

std::string PastModel::approved(const std::string& order_id, const std::string& survivor,
                                std::int64_t now_ms) const {
  const auto write = [&](Writer& out, const std::string& id) {
    const auto found = orders.find(id);
    if (found == orders.end()) return;
    out.member("total", found->second.total_at(now_ms));
    out.member("content", fingerprint(id, now_ms));
    out.array("payments");
    for (const std::string& each : found->second.payment_ids) out.string(each);
    out.end_array();
  };
  Writer out;
  out.begin_object().member("v", std::int64_t{1});
  write(out, order_id);
  out.object("survivor");
  const auto stays = orders.find(survivor);
  out.member_boolean("paid", stays != orders.end() && stays->second.paid_at_ms >= 0);
  write(out, survivor);
  out.end_object().end_object();
  return out.take();
}

// ---- judging ----

int PastModel::standing(const std::string& payment_id) const {
  return static_cast<int>(std::count_if(refunds.begin(), refunds.end(), [&](const auto& each) {
    return each.payment_id == payment_id && each.stands();
  }));
}

int PastModel::ours(const std::string& payment_id) const {
  return static_cast<int>(std::count_if(refunds.begin(), refunds.end(), [&](const auto& each) {
    return each.payment_id == payment_id && !each.key.empty();
  }));
}

std::int64_t PastModel::refunded(const std::string& payment_id) const {
  std::int64_t sum = 0;
  for (const PastRefund& each : refunds) {
    if (each.payment_id == payment_id && each.stands()) sum += each.amount;
  }
  return sum;
}

bool PastModel::one_body_per_key() const {
  return std::all_of(bodies.begin(), bodies.end(), [&](const auto& entry) {
    const auto range = bodies.equal_range(entry.first);
    return std::all_of(range.first, range.second,
                       [&](const auto& other) { return other.second == entry.second; });
  });
}

std::string PastModel::spelled() const {
  std::string text;
  const auto add = [&](const auto&... parts) {
    (text.append(parts).append(1, '\x1f'), ...);
    text += '\x1e';
  };
  const auto times = [](const std::vector<std::int64_t>& list) {
    std::string all;
    for (const std::int64_t each : list) all += std::to_string(each) + " ";
    return all;
  };
  for (const auto& [id, each] : payments) {
    add("payment", id, each.order_id, each.status, each.source_type, std::to_string(each.amount),
        times(each.touched_ms));
  }
  for (const auto& [id, each] : orders) {
    add("order", id, std::to_string(each.total), std::to_string(each.paid_at_ms),
        std::to_string(each.canceled_at_ms), each.canceled_by, times(each.touched_ms));
    if (each.edited_at_ms >= 0) {
      add("edited", std::to_string(each.edited_at_ms), std::to_string(each.added), each.note);
    }
    for (const std::string& payment : each.payment_ids) add("tender", payment);
  }
  for (const PastRefund& each : refunds) {
    add("refund", each.id, each.payment_id, each.key, each.reason, std::to_string(each.amount),
        std::to_string(each.at_ms));
    for (const auto& [since, status] : each.statuses) add(std::to_string(since), status);
  }
  for (const auto& [payment, state] : disputes) add("dispute", payment, state);
  for (const auto& [key, body] : bodies) add("body", key, body);
  for (const auto& [key, memory] : remembered_) {
    add("memory", key, memory.body, std::to_string(memory.reply.status), memory.reply.body,
        std::to_string(memory.at_ms));
  }
  add(std::to_string(next_id_), next_status);
  return text;
}

}  // namespace world
