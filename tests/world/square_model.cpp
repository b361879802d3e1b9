#include "world/square_model.hpp"

#include <algorithm>
#include <charconv>

#include "json/value.hpp"
#include "json/writer.hpp"

namespace world {
namespace {

using pos::json::Value;

/// Whole quantities only: the model's callers use no others.
std::int64_t total_of(Value order) {
  std::int64_t total = 0;
  const Value lines = order["line_items"];
  for (Value line = lines.first(); line.present(); line = line.next()) {
    std::int64_t quantity = 0;
    const std::string_view text = line["quantity"].text();
    std::from_chars(text.data(), text.data() + text.size(), quantity);
    total += quantity * line["base_price_money"]["amount"].integer();
  }
  return total;
}

std::string refusal(const char* code, const char* detail) {
  pos::json::Writer out;
  out.begin_object().key("errors").begin_array().begin_object();
  out.member("category", "INVALID_REQUEST_ERROR").member("code", code).member("detail", detail);
  out.end_object().end_array().end_object();
  return out.take();
}

}  // namespace

std::string order_reply(const std::string& id, Value order, std::size_t padding,
                        std::int64_t more) {
  const Value lines = order["line_items"];
  pos::json::Writer out;
  out.begin_object().key("order").begin_object().member("id", id).member("state", "OPEN");
  if (padding > 0) out.member("note", std::string(padding, '.'));
  out.key("total_money").begin_object().member("amount", total_of(order) + more);
  out.member("currency", lines.first()["base_price_money"]["currency"].text()).end_object();
  out.end_object().end_object();
  return out.take();
}

std::string payment_reply(const std::string& id) {
  pos::json::Writer out;
  out.begin_object().key("payment").begin_object().member("id", id);
  out.member("status", "COMPLETED").end_object().end_object();
  return out.take();
}

SquareModel::Reply SquareModel::apply(const std::string& path, const std::string& body,
                                      std::int64_t now_ms, std::int64_t started_ms) {
  pos::json::Document document;
  if (!document.parse(body)) return {400, refusal("BAD_REQUEST", "no JSON")};
  const Value request = document.root();
  const std::string key(request["idempotency_key"].text());
  bodies.emplace(key, body);
  const auto known = remembered_.find(key);
  const bool remembers = dedupes && known != remembered_.end() &&
                         known->second.at_ms <= started_ms &&
                         now_ms - known->second.at_ms <= remembers_ms;
  if (remembers) {
    if (known->second.body == body) return known->second.reply;
    return {400, refusal("IDEMPOTENCY_KEY_REUSED", "another body under this key")};
  }
  const std::string id = (path == "/v2/orders" ? "O" : "P") + std::to_string(next_id_++);
  Booking booking;
  booking.id = id;
  booking.key = key;
  booking.body = body;
  booking.at_ms = now_ms;
  Reply reply;
  if (path == "/v2/orders") {
    const Value order = request["order"];
    const std::string_view revision = order["metadata"]["revision"].text();
    std::from_chars(revision.data(), revision.data() + revision.size(), booking.revision);
    booking.order_id = order["metadata"]["order_id"].text();
    booking.total = total_of(order) + adds_to_total;
    reply.body = order_reply(id, order, padding, adds_to_total);
    orders.push_back(booking);
  } else {
    booking.order_id = request["order_id"].text();
    reply.body = payment_reply(id);
    payments.push_back(booking);
  }
  remembered_[key] = {body, reply, now_ms};
  return reply;
}

void SquareModel::note(const std::string& body) {
  pos::json::Document document;
  if (!document.parse(body)) return;
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
