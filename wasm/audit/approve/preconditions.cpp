#include "audit/approve/preconditions.hpp"

#include <algorithm>
#include <utility>

#include "audit/scan/rows.hpp"
#include "base/text.hpp"

namespace pos::audit {
namespace {

using json::Value;

Confidence confidence_of(std::string_view name) {
  if (name == "certain") return Confidence::certain;
  return name == "probable" ? Confidence::probable : Confidence::possible;
}

}  // namespace

std::string ApprovalPreconditions::take_plans(Value plans, Value members) {
  std::map<std::string, std::vector<Member>, std::less<>> of_group;
  PlanningContext circumstances;
  circumstances.window_ms = window_ms_;
  for (Value row = members.first(); row.present(); row = row.next()) {
    MemberRow read = read_member(row);
    circumstances.now_ms = read.now_ms;
    keep(read.member);
    of_group[read.group_id].push_back(std::move(read.member));
  }
  for (Value row = plans.first(); row.present(); row = row.next()) {
    const std::string id(row.at(0).text());
    const std::string_view planned = row.at(2).text();
    json::Document document;
    if (!document.parse(planned)) return concat("group ", id, " cannot be read");
    const auto plan = make_plan(confidence_of(document.root()["confidence"].text()),
                                std::move(of_group[id]), circumstances);
    if (!plan || json_of(*plan) != planned) {
      return concat("group ", id, " would be planned in another way now");
    }
  }
  return {};
}

void ApprovalPreconditions::keep(const Member& member) {
  const square::OrderSnapshot& sale = member.sale;
  orders_[sale.id] = true;
  facts_[sale.location_id].push_back(
      {sale.created_at_ms, sale.reference_hash, sale.metadata_hash, sale.content_hash});
  for (const Tender& each : member.payments) {
    payments_[each.payment.id] = each.payment.refunded != 0 || each.pending != 0;
  }
}

bool ApprovalPreconditions::is_alike(const Fact& fact, const square::OrderSnapshot& sale) const {
  if (fact.reference_hash != 0 && fact.reference_hash == sale.reference_hash) return true;
  if (fact.metadata_hash != 0 && fact.metadata_hash == sale.metadata_hash) return true;
  const std::int64_t apart = sale.created_at_ms - fact.created_at_ms;
  return fact.content_hash == sale.content_hash && apart <= window_ms_ && apart >= -window_ms_;
}

bool ApprovalPreconditions::concerns(std::string_view location_id,
                                     const square::OrderSnapshot& sale) const {
  if (orders_.find(sale.id) != orders_.end()) return true;
  const auto facts = facts_.find(location_id);
  if (sale.kind != "sale" || facts == facts_.end()) return false;
  return std::any_of(facts->second.begin(), facts->second.end(),
                     [&](const Fact& each) { return is_alike(each, sale); });
}

bool ApprovalPreconditions::concerns(const square::RefundSnapshot& refund) const {
  if (!refund.is_completed() && !refund.is_pending()) return false;
  const auto payment = payments_.find(refund.payment_id);
  return payment != payments_.end() && !payment->second;
}

}  // namespace pos::audit
