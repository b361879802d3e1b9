// A plan as it is stored and shown.
#include "audit/plan/plan.hpp"
#include "base/json/writer.hpp"
#include "base/sha256.hpp"
#include "base/sorted_indices.hpp"
#include "base/text.hpp"
#include "base/timestamp.hpp"

namespace pos::audit {
namespace {

void write_words(json::Writer& out, const char* name, const std::vector<std::string>& list) {
  out.array(name);
  for (const std::string& each : list) out.string(each);
  out.end_array();
}

void write_payment(json::Writer& out, const PlannedPayment& payment) {
  out.begin_object().member("id", payment.id);
  out.member("created_at", to_rfc3339(payment.created_at_ms));
  out.member("amount", payment.amount).member("source_type", payment.source_type);
  out.member("status", payment.status).member("refunded", payment.refunded);
  out.member("fee", payment.fee).member("action", payment.action);
  out.member_boolean("records_only", payment.records_only).member("reason", payment.reason);
  out.end_object();
}

void write_order(json::Writer& out, const PlannedOrder& order) {
  out.begin_object().member("id", order.id);
  out.member("created_at", to_rfc3339(order.created_at_ms));
  out.member("reference_id", order.reference_id).member("table", order.table);
  out.member("total", order.total).member("tip", order.tip).key("tax").raw(order.tax);
  out.member("content", order.content);
  write_words(out, "tenders", order.tenders);
  out.member_boolean("paid", order.paid).member("role", order.role);
  out.member("action", order.action).member("reason", order.reason);
  out.array("payments");
  for (const PlannedPayment& each : order.payments) write_payment(out, each);
  out.end_array().end_object();
}

}  // namespace

std::string json_of(const Plan& plan) {
  json::Writer out;
  out.begin_object().member("group_id", plan.group_id);
  out.member("confidence", name_of(plan.confidence)).member("because", plan.because);
  write_words(out, "for", plan.evidence.speaks_for);
  write_words(out, "against", plan.evidence.speaks_against);
  out.member("currency", plan.currency).member("survivor", plan.survivor);
  out.member("survivor_because", plan.survivor_because);
  out.array("orders");
  for (const PlannedOrder& each : plan.orders) write_order(out, each);
  out.end_array().end_object();
  return out.take();
}

std::string group_id_of(std::vector<std::string> order_ids) {
  const auto before = [&](std::size_t a, std::size_t b) { return order_ids[a] < order_ids[b]; };
  std::string text;
  for (const std::size_t each : sorted_indices(order_ids.size(), before)) {
    append(text, order_ids[each]);
    append(text, "\n");
  }
  return concat("g", hex(sha256(text)).substr(0, 20));
}

std::string chained_fingerprint(std::string_view before, std::string_view group_json) {
  return hex(sha256(concat(before, "\n", group_json)));
}

}  // namespace pos::audit
