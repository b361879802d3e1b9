#include "audit/views/group.hpp"

#include <string_view>

#include "base/text.hpp"
#include "store/rows.hpp"

namespace pos::audit {
namespace {

using json::Value;

/// A plan and the repairs of its orders, taken apart.
class Opened {
 public:
  explicit Opened(const AuditGroup& group) {
    // Both were written by us, so they can be read.
    (void)plan_.parse(group.plan);
    (void)repairs_.parse(group.repairs);
  }

  [[nodiscard]] Value plan() const { return plan_.root(); }
  [[nodiscard]] Value orders() const { return plan()["orders"]; }

  /// The states of what is done about an order.
  [[nodiscard]] std::string states(std::string_view order_id) const {
    std::string list;
    for (Value each = repairs_.root().first(); each.present(); each = each.next()) {
      const std::string_view state = each["state"].text();
      if (each["order_id"].text() != order_id || has_word(list, state)) continue;
      append(list, list.empty() ? "" : " ");
      append(list, state);
    }
    return list;
  }

 private:
  json::Document plan_;
  json::Document repairs_;
};

/// What the payments of an order come to in one cell each.
struct Payments {
  std::string ids;
  std::string sources;
  std::int64_t fee = 0;
};

std::string joined(Value list) {
  std::string out;
  for (Value each = list.first(); each.present(); each = each.next()) {
    append(out, concat(out.empty() ? "" : " ", each.text()));
  }
  return out;
}

Payments payments_of(Value order) {
  Payments sum;
  const Value payments = order["payments"];
  for (Value each = payments.first(); each.present(); each = each.next()) {
    append(sum.ids, concat(sum.ids.empty() ? "" : " ", each["id"].text()));
    const std::string_view source = each["source_type"].text();
    if (!has_word(sum.sources, source)) {
      append(sum.sources, concat(sum.sources.empty() ? "" : " ", source));
    }
    sum.fee += each["fee"].integer();
  }
  return sum;
}

bool is_for_fast_track(Value payment) {
  const std::string_view reason = payment["reason"].text();
  return reason.rfind("disputed", 0) == 0 || reason.rfind("too_old", 0) == 0;
}

template <typename Each>
void each_dispute(const Opened& opened, Each write) {
  const Value orders = opened.orders();
  for (Value order = orders.first(); order.present(); order = order.next()) {
    const Value payments = order["payments"];
    for (Value payment = payments.first(); payment.present(); payment = payment.next()) {
      if (is_for_fast_track(payment)) write(order, payment);
    }
  }
}

}  // namespace

AuditGroup read_group(Value columns) {
  AuditGroup group;
  store::Columns row(columns);
  row >> group.location_id >> group.group_id >> group.restaurant_id >> group.edition >>
      group.approved_at >> group.approved_by >> group.plan >> group.repairs;
  return group;
}

void write_group(json::Writer& out, const AuditGroup& group) {
  // The plan is an object that is written out; these are more members of it.
  json::Writer more;
  more.begin_object().member("restaurant_id", group.restaurant_id);
  more.member("location_id", group.location_id).key("approved_at");
  if (group.approved_at == 0) {
    more.null();
  } else {
    more.integer(group.approved_at);
  }
  more.member("approved_by", group.approved_by).key("repairs").raw(group.repairs).end_object();
  const std::string_view plan = group.plan;
  out.raw(concat(plan.substr(0, plan.size() - 1), ",", std::string_view(more.text()).substr(1)));
}

void write_order_heads(Csv& out) {
  out.heads(
      "group_id confidence because for against role action reason restaurant_id location_id "
      "created_at "
      "order_id reference_id table total currency tax payment_id source_type fee repair_state");
}

void write_orders(Csv& out, const AuditGroup& group) {
  const Opened opened(group);
  const Value plan = opened.plan();
  const Value orders = opened.orders();
  for (Value order = orders.first(); order.present(); order = order.next()) {
    const Payments payments = payments_of(order);
    json::Writer tax;
    tax.begin_object();
    for (Value each = order["tax"].first(); each.present(); each = each.next()) {
      tax.key(each.key()).integer(each.integer());
    }
    tax.end_object();
    out.cell(group.group_id).cell(plan["confidence"].text()).cell(plan["because"].text());
    out.cell(joined(plan["for"])).cell(joined(plan["against"]));
    out.cell(order["role"].text()).cell(order["action"].text()).cell(order["reason"].text());
    out.cell(group.restaurant_id).cell(group.location_id).cell(order["created_at"].text());
    out.cell(order["id"].text()).cell(order["reference_id"].text()).cell(order["table"].text());
    out.cell(order["total"].integer()).cell(plan["currency"].text()).cell(tax.text());
    out.cell(payments.ids).cell(payments.sources).cell(payments.fee);
    out.cell(opened.states(order["id"].text())).end_row();
  }
}

void write_disputes(json::Writer& out, const AuditGroup& group) {
  const Opened opened(group);
  each_dispute(opened, [&](Value order, Value payment) {
    out.begin_object().member("payment_id", payment["id"].text());
    out.member("reason", payment["reason"].text()).member("amount", payment["amount"].integer());
    out.member("currency", opened.plan()["currency"].text());
    out.member("source_type", payment["source_type"].text());
    out.member("paid_at", payment["created_at"].text()).member("fee", payment["fee"].integer());
    out.member("order_id", order["id"].text());
    out.member("reference_id", order["reference_id"].text()).member("table", order["table"].text());
    out.member("duplicate_of", opened.plan()["survivor"].text());
    out.member("group_id", group.group_id).member("confidence", opened.plan()["confidence"].text());
    out.member("restaurant_id", group.restaurant_id).member("location_id", group.location_id);
    out.end_object();
  });
}

void write_dispute_heads(Csv& out) {
  out.heads(
      "payment_id reason amount currency source_type paid_at fee order_id reference_id table "
      "duplicate_of group_id confidence restaurant_id location_id");
}

void write_disputes(Csv& out, const AuditGroup& group) {
  const Opened opened(group);
  each_dispute(opened, [&](Value order, Value payment) {
    out.cell(payment["id"].text()).cell(payment["reason"].text());
    out.cell(payment["amount"].integer()).cell(opened.plan()["currency"].text());
    out.cell(payment["source_type"].text()).cell(payment["created_at"].text());
    out.cell(payment["fee"].integer()).cell(order["id"].text());
    out.cell(order["reference_id"].text()).cell(order["table"].text());
    out.cell(opened.plan()["survivor"].text()).cell(group.group_id);
    out.cell(opened.plan()["confidence"].text()).cell(group.restaurant_id);
    out.cell(group.location_id).end_row();
  });
}

}  // namespace pos::audit
