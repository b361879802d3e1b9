// A plan as it is stored and shown.
#include "json/writer.hpp"
#include "repair/plan.hpp"
#include "square/timestamp.hpp"

namespace pos::repair {
namespace {

void write_payment(json::Writer& out, const PlannedPayment& payment) {
  out.begin_object().member("id", payment.id);
  out.member("created_at", square::to_rfc3339(payment.created_at_ms));
  out.member("amount", payment.amount).member("source_type", payment.source_type);
  out.member("status", payment.status).member("refunded", payment.refunded);
  out.member("fee", payment.fee).member("action", payment.action);
  out.member_boolean("records_only", payment.records_only).member("reason", payment.reason);
  out.end_object();
}

void write_order(json::Writer& out, const PlannedOrder& order) {
  out.begin_object().member("id", order.id);
  out.member("created_at", square::to_rfc3339(order.created_at_ms));
  out.member("reference_id", order.reference_id).member("table", order.table);
  out.member("total", order.total).member("tip", order.tip).key("tax").raw(order.tax);
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
  out.member("currency", plan.currency).member("survivor", plan.survivor);
  out.member("survivor_because", plan.survivor_because);
  out.array("orders");
  for (const PlannedOrder& each : plan.orders) write_order(out, each);
  out.end_array().end_object();
  return out.take();
}

}  // namespace pos::repair
