#include "harness/square_model.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace world {

using pos::json::Value;

SquareModel::Reply SquareModel::apply(const std::string& path, const std::string& body,
                                      std::int64_t now_ms, std::int64_t started_ms) {
  const Call call = call_of(path);
  if (is_read(call)) return read(path, body, now_ms);
  pos::json::Document document;
  if (!document.parse(body)) return refused(400, "BAD_REQUEST", "no JSON");
  const Value request = document.root();
  const std::string key(request["idempotency_key"].text());
  bodies.emplace(key, body);
  const auto known = remembered_.find(key);
  const bool remembers = dedupes && known != remembered_.end() &&
                         known->second.at_ms <= started_ms &&
                         now_ms - known->second.at_ms <= remembers_ms;
  if (remembers) {
    if (known->second.body == body) return known->second.reply;
    return refused(400, "IDEMPOTENCY_KEY_REUSED", "another body under this key");
  }
  Reply reply = call == Call::create_order     ? create_order(body, now_ms)
                : call == Call::create_payment ? create_payment(request, body, now_ms)
                : call == Call::pay_order      ? pay_order(path, request)
                                               : refused(404, "NOT_FOUND", path);
  if (reply.status == 200) remembered_[key] = {body, reply, now_ms};
  return reply;
}

SquareModel::Reply SquareModel::read(const std::string& path, const std::string& body,
                                     std::int64_t now_ms) {
  reads.push_back(path);
  const Call call = call_of(path);
  const bool is_list = call == Call::search_orders || call == Call::list_payments;
  SquareReadModel there =
      read_model(now_ms - (is_list ? search_lag_ms : retrieve_lag_ms), call, path);
  there.page_most = page_most;
  if (is_list && wrongly_empty > 0) {
    --wrongly_empty;
    there = {};
  }
  if (is_list && endless) return {200, R"({"cursor":")" + std::to_string(reads.size()) + "\"}"};
  return there.read(path, body);
}

// What has landed by then; of the orders, those that may be asked for.
SquareReadModel SquareModel::read_model(std::int64_t until_ms, Call call,
                                        std::string_view path) const {
  SquareReadModel read_model;
  if (call == Call::list_payments) {
    for (const Booking& each : payments) {
      if (each.at_ms <= until_ms) read_model.payments.push_back({each.id, each.body, each.at_ms});
    }
    return read_model;
  }
  for (const Booking& each : orders) {
    if (each.at_ms > until_ms) continue;
    if (call == Call::retrieve_order && each.id != order_id_in(path)) continue;
    read_model.orders.push_back(there(each));
  }
  return read_model;
}

OrderThere SquareModel::there(const Booking& order) const {
  OrderThere there{order.id,       order.body,      order.at_ms, order.more,
                   order.canceled, order.completed, {}};
  const auto [first, last] = payments_of_.equal_range(order.id);
  for (auto each = first; each != last; ++each) there.payments.push_back(each->second);
  return there;
}

Booking* SquareModel::order_named(std::string_view id) {
  const auto found = std::find_if(orders.begin(), orders.end(),
                                  [&](const Booking& each) { return each.id == id; });
  return found == orders.end() ? nullptr : &*found;
}

Booking& SquareModel::placed(const std::string& body, std::int64_t now_ms) {
  pos::json::Document document;
  static_cast<void>(document.parse(body));
  const Value metadata = document.root()["order"]["metadata"];
  Booking& order = orders.emplace_back();
  order.id = pos::concat("O", std::int64_t{next_id_++});
  order.key = document.root()["idempotency_key"].text();
  order.body = body;
  order.order_id = metadata["order_id"].text();
  order.revision = std::max<std::int64_t>(0, pos::number_of(metadata["revision"].text()));
  order.at_ms = now_ms;
  order.total = total_of(there(order));
  return order;
}

SquareModel::Reply SquareModel::create_order(const std::string& body, std::int64_t now_ms) {
  Booking& order = placed(body, now_ms);
  order.more = adds_to_total;
  order.total += adds_to_total;
  return {200, order_reply(there(order), padding)};
}

SquareModel::Reply SquareModel::create_payment(Value request, const std::string& body,
                                               std::int64_t now_ms) {
  const Booking* order = order_named(request["order_id"].text());
  if (order != nullptr && order->canceled) {
    return refused(400, "BAD_REQUEST", "the order is canceled");
  }
  Booking& payment = payments.emplace_back();
  payment.id = pos::concat("P", std::int64_t{next_id_++});
  payment.key = request["idempotency_key"].text();
  payment.body = body;
  payment.order_id = request["order_id"].text();
  payment.at_ms = now_ms;
  payments_of_.emplace(payment.order_id, payment.id);
  return {200, payment_reply({payment.id, payment.body, payment.at_ms})};
}

// Without payments only an order that costs nothing is paid (PayOrderRequest.payment_ids).
SquareModel::Reply SquareModel::pay_order(const std::string& path, Value request) {
  Booking* order = order_named(order_id_in(path));
  if (order == nullptr) return refused(404, "NOT_FOUND", "no such order");
  if (order->canceled) return refused(400, "BAD_REQUEST", "the order is canceled");
  if (request["payment_ids"].size() > 0 || order->total != 0) {
    return refused(400, "BAD_REQUEST", "payment_ids: expected the payments of the whole total");
  }
  order->completed = true;
  return {200, order_reply(there(*order), padding)};
}

std::string SquareModel::place(const std::string& body, std::int64_t now_ms) {
  return placed(body, now_ms).id;
}

void SquareModel::cancel(const std::string& id) {
  if (Booking* order = order_named(id)) order->canceled = true;
}

std::string SquareModel::pay(const std::string& order_id, std::int64_t amount,
                             std::int64_t now_ms) {
  pos::json::Document document;
  static_cast<void>(document.parse(order_named(order_id)->body));
  Booking& payment = payments.emplace_back();
  payment.id = pos::concat("P", std::int64_t{next_id_++});
  payment.order_id = order_id;
  payment.body = pos::concat(R"({"order_id":")", order_id, R"(","location_id":")",
                             document.root()["order"]["location_id"].text(),
                             R"(","amount_money":{"amount":)", amount, R"(,"currency":"TRY"}})");
  payment.at_ms = now_ms;
  // Square closes an order when its payments come to its total.
  if (amount >= order_named(order_id)->total) payments_of_.emplace(order_id, payment.id);
  return payment.id;
}

void SquareModel::note(const std::string& body) {
  pos::json::Document document;
  if (!document.parse(body) || !document.root()["idempotency_key"].present()) return;
  bodies.emplace(std::string(document.root()["idempotency_key"].text()), body);
}

int SquareModel::orders_of(const std::string& order_id) const {
  return static_cast<int>(std::count_if(orders.begin(), orders.end(), [&](const Booking& each) {
    return each.order_id == order_id;
  }));
}

int SquareModel::payments_of(const std::string& order_id) const {
  int count = 0;
  for (const Booking& order : orders) {
    if (order.order_id != order_id) continue;
    for (const Booking& payment : payments) count += payment.order_id == order.id ? 1 : 0;
  }
  return count;
}

bool SquareModel::one_body_per_key() const {
  return std::all_of(bodies.begin(), bodies.end(), [&](const auto& entry) {
    const auto range = bodies.equal_range(entry.first);
    return std::all_of(range.first, range.second,
                       [&](const auto& other) { return other.second == entry.second; });
  });
}

}  // namespace world
