#include "repair/inquiry.hpp"

#include <algorithm>

#include "ablation/layer.hpp"
#include "base/text.hpp"
#include "repair/comparison.hpp"
#include "repair/refunds.hpp"
#include "square/listing.hpp"

namespace pos::repair {
namespace {

using json::Value;
using net::Result;
using square::OrderState;
using square::PaymentState;
using square::RefundState;
using Event = RepairEvent;

// A list that has not come to its end by then does not come to one: 20,000 refunds of one location
// since the day before the first send. One look must not cost what a tick has for all of them.
constexpr std::int64_t most_pages = 200;

// Square's clock is not D1's.
constexpr std::int64_t before_first_send_ms = 86'400'000;

Finding found(Event event, std::string detail) {
  Finding out;
  out.event = event;
  out.detail = std::move(detail);
  return out;
}

/// A reading that was refused decides nothing. One that was refused for good is counted, so that
/// it comes to an end.
Finding refusal_of(const net::Reply& reply) {
  net::Outcome refusal = square::read_refusal(reply);
  Finding out = found(Event::unreadable, std::move(refusal.detail));
  out.retry_after_ms = refusal.retry_after_ms;
  if (refusal.result == Result::throttled) out.event = Event::throttled;
  if (refusal.result == Result::unauthorized) out.event = Event::unauthorized;
  if (refusal.result == Result::rejected) out.event = Event::unclear;
  return out;
}

/// Square OpenAPI, DisputeState: after these the money is the seller's.
bool is_over(std::string_view state) { return has_word("WON INQUIRY_CLOSED", state); }

/// Whether a later generation than the first is about to be frozen: that needs to be certain that
/// nothing is refunded and nothing is pending.
bool makes_generation(const RepairRow& row, std::string_view version) {
  const bool frozen = row.frozen.is_there() && row.frozen.version == version;
  return !frozen && generation_for(row, version) > 1;
}

/// Square's own word that there is no such thing. A gateway's page is none.
bool is_not_there(const net::Reply& reply) {
  json::Document document;
  if (reply.transport != net::Transport::replied || reply.status != 404) return false;
  if (!document.parse(reply.body)) return false;
  const Value errors = document.root()["errors"];
  return errors.size() == 1 && errors.first()["code"].equals("NOT_FOUND");
}

std::string amount_words(std::int64_t amount, std::string_view currency) {
  return concat(amount, " ", currency);
}

}  // namespace

Inquiry::Inquiry(const RepairRow& row, RepairState state)
    : looks_(is_looking(state)), location_(row.location_id) {
  const bool follows = state == RepairState::following || state == RepairState::following_last;
  step_ = follows ? Step::follow : row.cancels ? Step::order : Step::payment;
}

std::string Inquiry::next_path(const RepairRow& row) const {
  switch (step_) {
    case Step::payment:
      return square::payment_path(row.target);
    case Step::refunds:
      return square::refunds_path(location_, row.first_sent_at - before_first_send_ms, cursor_);
    case Step::refund:
      return square::refund_path(named_[next_]);
    case Step::order:
      return square::order_path(row.external_order_id);
    case Step::survivor:
      return square::order_path(row.survivor_order_id);
    case Step::survivor_payment:
      return square::payment_path(survivor_payments_[next_]);
    case Step::disputes:
      return square::disputes_path(location_, cursor_);
    case Step::follow:
      return square::refund_path(row.external_refund_id);
  }
  return {};
}

Inquiry::Answer Inquiry::read(const RepairRow& row, const net::Reply& reply) {
  json::Document document;
  if (!square::is_answer(reply, document)) {
    // Square refuses to refund a disputed payment, but it does not know which order is to stay: the
    // guest may have taken back the money of that one through the bank.
    const bool shut = reply.status == 403 || reply.status == 404;
    if (step_ == Step::disputes && shut && square::is_withheld(reply)) {
      return found(Event::unclear, "the account's token may not read disputes: DISPUTES_READ");
    }
    const bool of_survivor = step_ == Step::survivor || step_ == Step::survivor_payment;
    if (of_survivor && is_not_there(reply)) {
      const std::string& id =
          step_ == Step::survivor ? row.survivor_order_id : survivor_payments_[next_];
      return found(Event::survivor_gone, concat("Square knows no ", id, ", which was to stay"));
    }
    return refusal_of(reply);
  }
  const Value body = document.root();
  switch (step_) {
    case Step::payment:
      return read_payment(row, body);
    case Step::refunds:
      return read_refunds(row, body);
    case Step::refund:
      return read_refund(row, body);
    case Step::order:
      return read_order(row, body);
    case Step::survivor:
      return read_survivor(row, body);
    case Step::survivor_payment:
      return read_survivor_payment(row, body);
    case Step::disputes:
      return read_disputes(row, body);
    case Step::follow:
      return read_followed(row, body);
  }
  return std::nullopt;
}

Inquiry::Answer Inquiry::go_on(Step step) {
  step_ = step;
  next_ = 0;
  cursor_.clear();
  paging_ = {};
  return std::nullopt;
}

Inquiry::Answer Inquiry::turn_page(Value body, const char* list) {
  cursor_ = body["cursor"].text();
  if (paging_.follow(cursor_, most_pages)) return std::nullopt;
  return found(Event::unclear, concat("the list of ", list, " does not come to an end"));
}

Finding Inquiry::clear() const {
  Finding out = found(Event::clear, {});
  out.version = version_;
  out.location_id = location_;
  return out;
}

// ---- the payment, and its refunds ----

Inquiry::Answer Inquiry::read_payment(const RepairRow& row, Value body) {
  const auto payment = square::read_standing_payment(body["payment"]);
  if (!payment || payment->id != row.target) {
    return found(Event::unclear, concat("payment ", row.target, " cannot be read"));
  }
  if (!payment->location_id.empty()) location_ = payment->location_id;
  version_ = payment->version_token;
  refunded_ = payment->refunded;
  named_ = payment->refund_ids;
  disputable_ = payment->is_disputable();
  // A look needs the list too: it may know of what the payment does not show yet.
  if (looks_) return go_on(Step::refunds);
  if (!named_.empty()) return go_on(Step::refund);
  if (refunded_ != 0) return go_on(Step::refunds);
  if (auto changed = judge_payment(row, *payment)) return changed;
  return go_on(makes_generation(row, version_) ? Step::refunds : Step::order);
}

Inquiry::Answer Inquiry::judge_payment(const RepairRow& row, const PaymentState& payment) {
  if (payment.status != "COMPLETED") {
    return found(Event::changed, concat("the payment is ", payment.status));
  }
  if (payment.amount != row.amount || payment.currency != row.currency) {
    return found(Event::changed,
                 concat("the payment is ", amount_words(payment.amount, payment.currency),
                        ", approved ", amount_words(row.amount, row.currency)));
  }
  if (payment.order_id != row.external_order_id) {
    return found(Event::changed, concat("the payment is for order ", payment.order_id));
  }
  return std::nullopt;
}

Inquiry::Answer Inquiry::read_refunds(const RepairRow& row, Value body) {
  if (!square::is_whole_list(body, "refunds") || !square::is_list_of(body["refunds"], location_)) {
    return found(Event::unclear, "a list of refunds that cannot be read");
  }
  for (Value each = body["refunds"].first(); each.present(); each = each.next()) {
    if (each["payment_id"].text() != row.target) continue;
    auto refund = square::read_standing_refund(each);
    if (!refund) return found(Event::unclear, "a refund that cannot be read");
    const bool known = std::any_of(seen_.begin(), seen_.end(), [&](const RefundState& other) {
      return other.id == refund->id;
    });
    if (!known) seen_.push_back(std::move(*refund));
  }
  if (auto endless = turn_page(body, "refunds")) return endless;
  if (cursor_.empty()) return conclude_refunds(row);
  return std::nullopt;
}

Inquiry::Answer Inquiry::read_refund(const RepairRow& row, Value body) {
  auto refund = square::read_standing_refund(body["refund"]);
  if (!refund || refund->id != named_[next_] || refund->payment_id != row.target) {
    return found(Event::unclear, concat("refund ", named_[next_], " cannot be read"));
  }
  seen_.push_back(std::move(*refund));
  return conclude_refunds(row);
}

Inquiry::Answer Inquiry::conclude_refunds(const RepairRow& row) {
  for (std::size_t i = 0; i < named_.size(); ++i) {
    const bool known = std::any_of(seen_.begin(), seen_.end(),
                                   [&](const RefundState& other) { return other.id == named_[i]; });
    if (known) continue;
    step_ = Step::refund;
    next_ = i;
    return std::nullopt;
  }
  if (auto finding = judge_refunds(row, seen_)) return finding;
  if (refunded_ != 0 && ablation::intact(ablation::Layer::others_refunds)) {
    return found(Event::unclear, concat(amount_words(refunded_, row.currency),
                                        " of it are refunded, and no refund is named"));
  }
  if (looks_) return found(Event::absent_early, "no refund of the payment on all pages");
  return go_on(Step::order);
}

Inquiry::Answer Inquiry::read_followed(const RepairRow& row, Value body) {
  const auto refund = square::read_standing_refund(body["refund"]);
  if (!refund || refund->id != row.external_refund_id || refund->payment_id != row.target ||
      refund->amount != row.amount || refund->currency != row.currency) {
    return found(Event::unclear, concat("refund ", row.external_refund_id, " cannot be read"));
  }
  return judge_own_refund(*refund);
}

// ---- the duplicate ----

Inquiry::Answer Inquiry::read_order(const RepairRow& row, Value body) {
  const std::string& id = row.external_order_id;
  const auto order = square::read_standing_order(body["order"]);
  if (!order || order->id != id) {
    return found(Event::unclear, concat("order ", id, " cannot be read"));
  }
  if (row.cancels) {
    if (!body["order"]["version"].is(json::Kind::integer)) {
      return found(Event::unclear, concat("order ", id, " is shown without a version"));
    }
    if (auto finding = judge_unpaid(*order)) return finding;
  } else if (order->state != "OPEN" && order->state != "COMPLETED") {
    return found(Event::changed, concat("order ", id, " is ", order->state));
  }
  const Comparison compared = compare_duplicate(row, body["order"], order->payment_ids);
  switch (compared.result) {
    case Comparison::Result::same:
      break;
    case Comparison::Result::changed:
      return found(Event::changed, concat("order ", id, ": ", compared.detail));
    case Comparison::Result::unread:
      return found(Event::unclear, concat("order ", id, " is shown ", compared.detail));
  }
  const Value location = body["order"]["location_id"];
  if (row.cancels) location_ = location.text();
  return go_on(Step::survivor);
}

/// Whether an order is canceled already, and whether it may be.
Inquiry::Answer Inquiry::judge_unpaid(const OrderState& order) {
  if (order.state == "CANCELED") return found(Event::done, "the order is canceled");
  if (!order.is_unpaid()) {
    return found(Event::changed,
                 concat("the order is ", order.state, ", with ",
                        static_cast<std::int64_t>(order.payment_ids.size()), " payments"));
  }
  if (looks_) return found(Event::absent_early, "the order stands as before");
  version_ = concat(order.version);
  return std::nullopt;
}

// ---- the order that stays ----

Inquiry::Answer Inquiry::read_survivor(const RepairRow& row, Value body) {
  if (!ablation::intact(ablation::Layer::survivor_check)) return clear();
  auto order = square::read_standing_order(body["order"]);
  if (!order || order->id != row.survivor_order_id) {
    return found(Event::unclear, concat("order ", row.survivor_order_id, " cannot be read"));
  }
  const std::string front = concat("the order that stays, ", order->id, ", ");
  const bool may_stand = order->state == "OPEN" || order->state == "COMPLETED";
  if (!may_stand) return found(Event::survivor_gone, concat(front, "is ", order->state));
  const Comparison compared = compare_survivor(row, body["order"]);
  switch (compared.result) {
    case Comparison::Result::same:
      break;
    case Comparison::Result::changed:
      return found(Event::survivor_gone, concat(front, "has changed: ", compared.detail));
    case Comparison::Result::unread:
      return found(Event::unclear, concat(front, "is shown ", compared.detail));
  }
  if (row.cancels && !ablation::intact(ablation::Layer::survivor_of_cancel)) return clear();
  // Square lists some payments with their order alone, and some orders with their tenders alone.
  for (const std::string& each : row.approved.survivor_payments) {
    if (!has_text(order->payment_ids, each)) order->payment_ids.push_back(each);
  }
  return judge_survivor(row, *order);
}

/// It must be paid, with all of its money still there. Where no order of the group was paid when it
/// was approved, and so only cancels were, it may be unpaid still; but not half paid, and not
/// closed without a payment.
Inquiry::Answer Inquiry::judge_survivor(const RepairRow& row, const OrderState& order) {
  const std::string front = concat("the order that stays, ", order.id, ", ");
  if (order.has_refunds) return found(Event::survivor_gone, concat(front, "has a refund"));
  if (has_text(order.payment_ids, row.target)) {
    return found(Event::changed, concat(front, "is paid by this very payment"));
  }
  const bool may_be_unpaid = row.cancels && !row.approved.survivor_paid;
  const bool is_free = order.total == 0 && order.state == "COMPLETED" && order.payment_ids.empty();
  if ((may_be_unpaid && order.is_unpaid()) || is_free) return clear();
  if (!order.is_paid()) {
    return found(Event::survivor_gone, concat(front, "is ", order.state, ", and not paid"));
  }
  survivor_payments_ = order.payment_ids;
  return go_on(Step::survivor_payment);
}

Inquiry::Answer Inquiry::read_survivor_payment(const RepairRow& row, Value body) {
  const std::string& id = survivor_payments_[next_];
  const auto payment = square::read_standing_payment(body["payment"]);
  if (!payment || payment->id != id) {
    return found(Event::unclear, concat("payment ", id, " cannot be read"));
  }
  if (!payment->order_id.empty() && payment->order_id != row.survivor_order_id) {
    return found(Event::survivor_gone,
                 concat("payment ", id, " of the order that stays is for ", payment->order_id));
  }
  if (payment->status != "COMPLETED") {
    return found(Event::survivor_gone,
                 concat("payment ", id, " of the order that stays is ", payment->status));
  }
  if (!payment->is_unrefunded()) {
    return found(Event::survivor_gone,
                 concat("payment ", id, " of the order that stays has a refund"));
  }
  disputable_ = disputable_ || payment->is_disputable();
  if (++next_ < survivor_payments_.size()) return std::nullopt;
  return after_survivor();
}

// Square: only what it has moved itself can be disputed.
Inquiry::Answer Inquiry::after_survivor() {
  if (!disputable_) return clear();
  return go_on(Step::disputes);
}

Inquiry::Answer Inquiry::read_disputes(const RepairRow& row, Value body) {
  if (!square::is_whole_list(body, "disputes") ||
      !square::is_list_of(body["disputes"], location_)) {
    return found(Event::unclear, "a list of disputes that cannot be read");
  }
  for (Value each = body["disputes"].first(); each.present(); each = each.next()) {
    if (is_over(each["state"].text())) continue;
    const std::string_view payment = each["disputed_payment"]["payment_id"].text();
    if (payment.empty()) {
      return found(Event::unclear, concat("dispute ", each["id"].text(), " names no payment"));
    }
    if (payment == row.target) {
      return found(Event::disputed, concat("dispute ", each["id"].text(), " of the payment is ",
                                           each["state"].text()));
    }
    if (has_text(survivor_payments_, payment)) {
      return found(
          Event::survivor_gone,
          concat("payment ", payment, " of the order that stays is disputed: ", each["id"].text()));
    }
  }
  if (auto endless = turn_page(body, "disputes")) return endless;
  if (cursor_.empty()) return clear();
  return std::nullopt;
}

}  // namespace pos::repair
