// What came of what a reconciliation has asked for.
#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "reconcile/reconciliation.hpp"
#include "reconcile/rows.hpp"
#include "runtime/http_answer.hpp"
#include "square/listing.hpp"
#include "square/order_snapshot.hpp"
#include "square/reply.hpp"

namespace pos::reconcile {
namespace {

// AuditReader can be done again at once: a pause does not help the caller who waits.
constexpr std::uint32_t tries_most = 3;

// Of one stretch of time, which is about a fortnight: 50,000 payments.
constexpr std::int64_t stretch_pages_most = 500;

// Where a page does not fit into a reply: orders of hundreds of lines.
constexpr std::int64_t smaller_page = 5;

}  // namespace

void Reconciliation::keep(LocalOrder ours) {
  const std::string name = concat(ours.order_id, "#r", ours.revision);
  if (!ours_places_.try_emplace(name, ours_.size()).second) return;
  ours_.push_back(std::move(ours));
}

void Reconciliation::take_sold(store::Statement statement, json::Value rows) {
  const bool pushed = statement == store::Statement::books_sold;
  for (json::Value row = rows.first(); row.present(); row = row.next()) {
    more_ = true;
    const std::int64_t last = row.at(9).integer();
    if (pushed) {
      sold_after_ = {last, std::string(row.at(0).text()), row.at(1).integer()};
    } else {
      unnamed_after_ = {row.at(2).integer(), {}, last};
    }
    keep(read_ours(row));
  }
}

void Reconciliation::take_known(json::Value rows) {
  for (json::Value row = rows.first(); row.present(); row = row.next()) keep(read_ours(row));
}

bool Reconciliation::read_page(std::size_t place, const net::Reply& reply, const char* list,
                               json::Document& page, io::Commands& out) {
  Stretch& stretch = stretches_[place];
  stretch.out = false;
  if (reply.transport == net::Transport::too_large && stretch.limit > 1) {
    // The same from its start, in smaller pages: a cursor needs the query that it came of.
    stretch.limit = std::max<std::int64_t>(1, stretch.limit / smaller_page);
    stretch.cursor.clear();
    stretch.paging.begin_again();
    return false;
  }
  const bool answered = square::is_answer(reply, page);
  if (!answered || !square::is_whole_list(page.root(), list)) {
    try_again(stretch, reply, out);
    return false;
  }
  stretch.tries = 0;
  stretch.cursor = page.root()["cursor"].text();
  if (!stretch.paging.follow(stretch.cursor, stretch_pages_most)) {
    step_ = Step::over;
    runtime::problem(out, 503, concat("Square's list of ", list, " does not come to an end"), 1);
    return false;
  }
  stretch.done = stretch.cursor.empty();
  return true;
}

void Reconciliation::try_again(Stretch& stretch, const net::Reply& reply, io::Commands& out) {
  json::Document body;
  const bool unreadable = square::is_answer(reply, body);
  const bool unknown = unreadable || square::read_refusal(reply).result == net::Result::unknown;
  if (unknown && ++stretch.tries < tries_most) return;
  if (!unreadable) return refuse(reply, out);
  step_ = Step::over;
  runtime::problem(out, 503, "Square answered with a list that cannot be read", 1);
}

void Reconciliation::take_payments(std::size_t place, const net::Reply& reply, io::Commands& out) {
  json::Document page;
  const bool refunds = stretches_[place].refunds;
  const char* list = refunds ? "refunds" : "payments";
  if (!read_page(place, reply, list, page, out)) return;
  const json::Value things = page.root()[list];
  for (json::Value each = things.first(); each.present(); each = each.next()) {
    if (refunds) {
      keep_refund(each);
    } else {
      keep_payment(each);
    }
  }
}

void Reconciliation::keep_refund(json::Value value) {
  const auto refund = square::read_refund(value);
  if (!refund || !refund->is_pending()) return;
  Pending& pending = pending_[refund->payment_id];
  pending.amount += refund->amount;
  ++pending.refunds;
}

void Reconciliation::keep_payment(json::Value value) {
  const auto payment = square::read_payment(value);
  if (!payment || payment->status != "COMPLETED") return;
  paid_[payment->id] = Paid{payment->order_id, payment->refunded,
                            static_cast<std::int64_t>(payment->refund_ids.size())};
}

void Reconciliation::take_orders(std::size_t place, const net::Reply& reply, io::Commands& out) {
  json::Document page;
  if (!read_page(place, reply, "orders", page, out)) return;
  const json::Value orders = page.root()["orders"];
  for (json::Value each = orders.first(); each.present(); each = each.next()) keep_order(each);
}

/// A page may show an order again that another one has shown.
void Reconciliation::keep_order(json::Value order) {
  auto theirs = read_theirs(order);
  if (!theirs) return;
  const auto [place, is_new] = theirs_places_.try_emplace(theirs->id, theirs_.size());
  if (is_new) {
    theirs_.push_back(std::move(*theirs));
  } else {
    theirs_[place->second] = std::move(*theirs);
  }
}

// Square OpenAPI, BatchRetrieveOrders: ids that are not known are left out of the answer.
void Reconciliation::take_strays(const net::Reply& reply, io::Commands& out) {
  json::Document body;
  if (!square::is_answer(reply, body)) return refuse(reply, out);
  const json::Value orders = body.root()["orders"];
  for (json::Value each = orders.first(); each.present(); each = each.next()) keep_order(each);
}

void Reconciliation::take_tender(std::size_t place, const net::Reply& reply, io::Commands& out) {
  json::Document body;
  const std::string& order_id = names_[place];
  if (square::is_answer(reply, body)) {
    const auto payment = square::read_payment(body.root()["payment"]);
    keep_payment(body.root()["payment"]);
    const auto kept = payment ? paid_.find(payment->id) : paid_.end();
    if (kept != paid_.end()) kept->second.order_id = order_id;
    return;
  }
  // A tender that is no payment: nothing of it can have been refunded as one.
  if (reply.status != 404 || !square::is_withheld(reply)) refuse(reply, out);
}

/// What is given back of an order is what its payments say, without what is under way: it has not
/// left yet, and may still fail. Square does not say whether a payment counts it in. It does if
/// there are no other refunds, or if it could not be as much otherwise.
void Reconciliation::settle_payments() {
  for (const auto& [id, paid] : paid_) {
    const auto place = theirs_places_.find(paid.order_id);
    if (place == theirs_places_.end()) continue;
    const auto found = pending_.find(id);
    const Pending pending = found == pending_.end() ? Pending{} : found->second;
    const bool counted = paid.refunded >= pending.amount;
    const bool others = paid.refunds > pending.refunds;
    SquareOrder& theirs = theirs_[place->second];
    theirs.pending += pending.amount;
    if (pending.refunds == 0 || (others && !counted)) {
      theirs.refunded += paid.refunded;
    } else if (others) {
      theirs.refunded += paid.refunded - pending.amount;
    }
  }
}

void Reconciliation::take_roles(json::Value rows) {
  for (json::Value row = rows.first(); row.present(); row = row.next()) {
    const auto place = theirs_places_.find(std::string(row.at(0).text()));
    if (place == theirs_places_.end()) continue;
    SquareOrder& theirs = theirs_[place->second];
    theirs.group = row.at(1).text();
    theirs.is_duplicate = row.at(2).equals("duplicate");
  }
}

/// An audit's group is added to what was approved: where one of its orders belongs to a group
/// already, the others do too.
void Reconciliation::take_groups(json::Value rows) {
  for (json::Value row = rows.first(); row.present(); row = row.next()) {
    more_ = true;
    after_group_ = row.at(0).text();
    json::Document plan;
    if (!plan.parse(row.at(1).text())) continue;
    std::string name = after_group_;
    const json::Value orders = plan.root()["orders"];
    const auto theirs_of = [&](json::Value order) {
      const auto place = theirs_places_.find(std::string(order["id"].text()));
      return place == theirs_places_.end() ? nullptr : &theirs_[place->second];
    };
    for (json::Value each = orders.first(); each.present(); each = each.next()) {
      const SquareOrder* theirs = theirs_of(each);
      if (theirs != nullptr && !theirs->group.empty()) name = theirs->group;
    }
    for (json::Value each = orders.first(); each.present(); each = each.next()) {
      SquareOrder* theirs = theirs_of(each);
      if (theirs == nullptr || !theirs->group.empty()) continue;
      theirs->group = name;
      theirs->is_duplicate = each["role"].equals("duplicate");
    }
  }
}

}  // namespace pos::reconcile
