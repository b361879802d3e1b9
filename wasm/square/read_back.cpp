#include "square/read_back.hpp"

#include <algorithm>

#include "ablation/layer.hpp"
#include "base/text.hpp"
#include "base/timestamp.hpp"
#include "square/likeness.hpp"
#include "square/limits.hpp"
#include "square/listing.hpp"
#include "square/tenders.hpp"

namespace pos::square {
namespace {

using ablation::intact;
using ablation::Layer;
using json::Kind;
using json::Value;
using net::Outcome;
using net::Result;

// Square's clock is not D1's, and an order made offline may be dated back.
constexpr std::int64_t before_first_send_ms = 86'400'000;

// An older pusher ran every 30 minutes, and a tick of its own took up to 15 seconds an order.
constexpr std::int64_t alike_within_s = 35 * 60;

/// How much of a list of ids is told.
constexpr std::size_t told_bytes = 200;

std::string text_of(Value value) { return std::string(value.text()); }

void add_word(std::string& list, std::string_view word) {
  if (list.size() > told_bytes) return;
  append(list, list.empty() ? "" : " ");
  append(list, word);
}

/// Square's success, but not with what it is a success of.
bool is_hollow_success(const net::Reply& reply, Value body) {
  const bool blank = reply.body.find_first_not_of(" \t\r\n") == std::string_view::npos;
  const bool object = body.is(Kind::object) && !body["errors"].present();
  return reply.transport == net::Transport::replied && is_success(reply) && (blank || object);
}

bool holds_text(Value list, std::string_view text) {
  for (Value each = list.first(); each.present(); each = each.next()) {
    if (each.text() == text) return true;
  }
  return false;
}

}  // namespace

ReadBack ReadBack::of_order(const push::Ledger& frozen, std::string_view hints) {
  ReadBack look;
  json::Document document;
  // It was frozen by us, so it can be read.
  (void)document.parse(frozen.order_body);
  const Value request = document.root();
  look.key_ = text_of(request["idempotency_key"]);
  look.location_ = text_of(request["order"]["location_id"]);
  look.source_ = text_of(request["order"]["source"]["name"]);
  look.reference_ = text_of(request["order"]["reference_id"]);
  look.hints_ = hints;
  look.step_ = hints.empty() ? Step::search : Step::hints;
  look.since_ms_ = std::max<std::int64_t>(0, frozen.first_sent_at - before_first_send_ms);
  look.total_ = frozen.total;
  look.currency_ = frozen.currency;
  look.pays_ = !frozen.payment_body.empty();
  return look;
}

ReadBack ReadBack::of_hints(const push::Ledger& frozen, std::string_view hints) {
  ReadBack look = of_order(frozen, hints);
  look.sought_ = Sought::hinted;
  return look;
}

ReadBack ReadBack::of_payment(const push::Ledger& frozen) {
  ReadBack look = of_order(frozen, {});
  look.sought_ = Sought::payment;
  look.step_ = Step::retrieve;
  look.order_id_ = frozen.external_order_id;
  return look;
}

ReadBack ReadBack::of_keyless(const Identity& identity, const push::Ledger& ledger,
                              std::string_view order_body, std::string_view location) {
  ReadBack look;
  look.sought_ = Sought::keyless;
  look.location_ = location;
  look.reference_ = reference_id(identity);
  look.raw_reference_ = identity.order_id;
  look.order_body_ = order_body;
  look.since_ms_ = std::max<std::int64_t>(0, ledger.first_sent_at - before_first_send_ms);
  json::Document document;
  const bool readable = document.parse(order_body);
  const Value placed = document.root()["order"]["metadata"]["placed_at"];
  const auto placed_at = readable ? parse_rfc3339(placed.text()) : std::nullopt;
  look.placed_at_s_ = placed_at.value_or(ledger.first_sent_at / 1000);
  return look;
}

ReadBack::Answer ReadBack::read(const net::Reply& reply) {
  if (reply.transport == net::Transport::too_large && step_ == Step::search && limit_ > 1) {
    // Orders of hundreds of lines: the same from the start, in smaller pages.
    limit_ = std::max<std::int64_t>(1, limit_ / 5);
    begin_list();
    matches_.clear();
    canceled_.clear();
    alike_.clear();
    return std::nullopt;
  }
  const char* list = step_ == Step::payments ? "payments" : "orders";
  json::Document body;
  if (!is_answer(reply, body)) {
    Outcome refusal = read_refusal(reply);
    // Nothing was ordered under a key, so there is none to conflict with.
    if (refusal.result == Result::conflict) refusal.result = Result::unknown;
    // What a list has named but cannot be had is not there yet, or not any more. Square says so
    // itself: a gateway's 404 says nothing.
    if (reply.status == 404 && step_ == Step::retrieve && refusal.result == Result::rejected) {
      refusal.result = Result::unclear;
      refusal.detail = concat("order ", order_id_, ": ", refusal.detail);
    }
    // A list beside errors contradicts itself, and a success that is empty, or a part, is no
    // answer: that counts, or an order would be looked for for ever. Errors alone, and a gateway's
    // page, are an outage, which passes.
    const bool counts = body.root()[list].present() || is_hollow_success(reply, body.root());
    if (refusal.result == Result::unknown && counts) {
      refusal.result = Result::unclear;
    }
    // Ids that Square does not take say nothing of our order: it goes on without them.
    if (refusal.result == Result::rejected && step_ == Step::hints) return without_hints(reply);
    return refusal;
  }
  // Square answers, but in no words of ours: that counts, or it would be asked for ever.
  if (step_ != Step::retrieve && !is_whole_list(body.root(), list)) {
    return outcome_with(Result::unclear, reply, "a list that cannot be read");
  }
  if (step_ != Step::retrieve && !is_what_was_asked(body.root()[list])) {
    return outcome_with(Result::unclear, reply, concat("a list of other ", list));
  }
  switch (step_) {
    case Step::hints:
      return read_hints(reply, body.root());
    case Step::search:
      return read_page(reply, body.root());
    case Step::retrieve:
      return read_order(reply, body.root());
    case Step::payments:
      return read_payments(reply, body.root());
  }
  return std::nullopt;
}

/// Whether what is shown stands at the location that was asked about.
bool ReadBack::is_here(Value shown) const {
  return is_of(shown, location_) || !intact(Layer::reply_matches);
}

/// Whether what is shown was made before the time that was asked about.
bool ReadBack::is_older(Value shown) const {
  const auto created = parse_rfc3339(shown["created_at"].text());
  return created && *created < since_ms_ / 1000 && intact(Layer::reply_matches);
}

/// Whether a list can be the answer to next(): one that is about something else may lack what was
/// asked for, and prove an absence that is none.
bool ReadBack::is_what_was_asked(Value list) const {
  json::Document hints;
  const bool named = step_ == Step::hints && hints.parse(hints_);
  for (Value each = list.first(); each.present(); each = each.next()) {
    if (!is_here(each) || (named && !holds_text(hints.root(), each["id"].text()))) return false;
    if (step_ != Step::hints && is_older(each)) return false;
  }
  return true;
}

ReadBack::Answer ReadBack::read_hints(const net::Reply& reply, Value body) {
  const Value orders = body["orders"];
  for (Value order = orders.first(); order.present(); order = order.next()) {
    if (is_ours(order)) return judge(reply, order);
  }
  return without_hints(reply);
}

ReadBack::Answer ReadBack::without_hints(const net::Reply& reply) {
  step_ = Step::search;
  if (sought_ != Sought::hinted) return std::nullopt;
  return outcome_with(Result::absent, reply, "none of the orders that webhooks named is this one");
}

ReadBack::Answer ReadBack::read_page(const net::Reply& reply, Value body) {
  const Value orders = body["orders"];
  for (Value order = orders.first(); order.present(); order = order.next()) {
    if (!intact(Layer::retrieve_anew) && is_ours(order)) return judge(reply, order);
    note(order);
  }
  switch (turn_page(body)) {
    case Page::next:
      return std::nullopt;
    case Page::endless:
      return outcome_with(Result::unclear, reply, "the search does not come to an end");
    case Page::last:
      break;
  }
  return conclude_search(reply);
}

void ReadBack::begin_list() {
  cursor_.clear();
  passed_.clear();
  pages_ = 0;
}

// A cursor that was there before leads round for ever (R. P. Brent, "An improved Monte Carlo
// factorization algorithm": of a circle it is enough to remember the cursor at each power of two).
ReadBack::Page ReadBack::turn_page(Value body) {
  const std::string_view next = body["cursor"].text();
  if (next.empty()) return Page::last;
  if (next == cursor_ || next == passed_ || next.size() > cursor_most) return Page::endless;
  cursor_ = next;
  ++pages_;
  if ((pages_ & (pages_ - 1)) == 0) passed_ = next;
  return Page::next;
}

void ReadBack::note(Value order) {
  if (sought_ == Sought::keyless) return note_likeness(order);
  const std::string_view id = order["id"].text();
  if (is_ours(order)) {
    if (order["state"].equals("CANCELED")) {
      canceled_ = id;
    } else {
      add_match(id);
    }
  } else if (order["reference_id"].text() == reference_) {
    add_word(alike_, id);
  }
}

// A list that moves while it is read shows what stands on it twice.
void ReadBack::add_match(std::string_view id) {
  if (std::find(matches_.begin(), matches_.end(), id) == matches_.end()) matches_.emplace_back(id);
}

void ReadBack::note_likeness(Value order) {
  if (is_like_ours(order)) add_word(alike_, order["id"].text());
}

bool ReadBack::is_ours(Value order) const {
  if (!intact(Layer::metadata_match)) return order["reference_id"].text() == reference_;
  return !key_.empty() && order["metadata"]["pos_sync"].text() == key_;
}

bool ReadBack::is_like_ours(Value order) const {
  const std::string_view reference = order["reference_id"].text();
  if (!reference.empty() && (reference == reference_ || reference == raw_reference_)) return true;
  json::Document document;
  if (order_body_.empty() || !document.parse(order_body_)) return false;
  const auto created = parse_rfc3339(order["created_at"].text());
  if (!created) return false;
  const std::int64_t apart = *created - placed_at_s_;
  return apart <= alike_within_s && apart >= -alike_within_s &&
         same_lines(document.root()["order"], order);
}

ReadBack::Answer ReadBack::conclude_search(const net::Reply& reply) {
  if (sought_ == Sought::keyless && !alike_.empty()) {
    return outcome_with(Result::lookalikes, reply,
                        concat("an older pusher tried it; these orders look like it: ", alike_));
  }
  if (matches_.size() > 1) {
    std::string ids;
    for (const std::string& each : matches_) add_word(ids, each);
    return outcome_with(Result::several, reply, concat("orders ", ids, " are all this one"));
  }
  if (matches_.size() == 1) {
    order_id_ = matches_.front();
    step_ = Step::retrieve;
    return std::nullopt;
  }
  if (!canceled_.empty()) {
    Outcome outcome = outcome_with(Result::found_canceled, reply,
                                   concat("order ", canceled_, " was canceled at Square"));
    return outcome;
  }
  return outcome_with(
      Result::absent, reply,
      alike_.empty() ? concat("no such order on all pages")
                     : concat("no such order on all pages; of the same reference_id: ", alike_));
}

ReadBack::Answer ReadBack::read_order(const net::Reply& reply, Value body) {
  const Value order = body["order"];
  // Of an order that is known by its id Square may leave the key out, but not say another one.
  const bool expected = order["id"].text() == order_id_ && is_here(order);
  const bool nameless = sought_ == Sought::payment && !order["metadata"]["pos_sync"].present();
  if (!expected || (!nameless && !is_ours(order))) {
    return outcome_with(Result::unclear, reply, concat("order ", order_id_, " is another one now"));
  }
  return judge(reply, order);
}

/// What an order that is ours, as Square shows it now, says.
ReadBack::Answer ReadBack::judge(const net::Reply& reply, Value order) {
  const std::string id(id_in(order["id"], order_id_most));
  if (id.empty()) return outcome_with(Result::unclear, reply, "the order has no id");
  const auto total = read_total(order);
  if (order["state"].equals("CANCELED")) {
    return outcome_with(Result::found_canceled, reply,
                        concat("order ", id, " was canceled at Square"));
  }
  if (!total) {
    return outcome_with(Result::unclear, reply, concat("order ", id, " without its total"));
  }
  const Paid paid = paid_by_tenders(order);
  if (!paid.readable) {
    return outcome_with(Result::unclear, reply,
                        concat("order ", id, " has a tender without an id"));
  }
  Outcome outcome;
  outcome.result = !pays_ || paid.paid ? Result::found : Result::found_unpaid;
  outcome.external_id = id;
  if (pays_) outcome.external_payment_id = paid.payment_id;
  outcome.total = total->amount;
  outcome.currency = total->currency;
  outcome.total_differs = !comes_to(order, *total, {total_, currency_});
  outcome.detail = concat("order ", id, " stands at Square");
  if (sought_ != Sought::payment || outcome.result == Result::found || outcome.total_differs) {
    return outcome;
  }
  if (total_ == 0) {
    return outcome_with(Result::absent, reply, concat("order ", id, " is not completed"));
  }
  step_ = Step::payments;
  begin_list();
  matches_.clear();
  return std::nullopt;
}

ReadBack::Answer ReadBack::read_payments(const net::Reply& reply, Value body) {
  const Value payments = body["payments"];
  for (Value each = payments.first(); each.present(); each = each.next()) {
    if (each["order_id"].text() != order_id_) continue;
    const std::string_view id = id_in(each["id"], payment_id_most);
    if (id.empty()) return outcome_with(Result::unclear, reply, "a payment has no id");
    const auto amount = read_money(each["amount_money"]);
    const bool whole = !amount || (amount->amount == total_ && amount->currency == currency_);
    if (each["status"].equals("COMPLETED") && !whole) {
      partial_ = id;
    } else if (each["status"].equals("COMPLETED")) {
      add_match(id);
    } else if (!each["status"].equals("FAILED") && !each["status"].equals("CANCELED")) {
      pending_ = id;
    }
  }
  switch (turn_page(body)) {
    case Page::next:
      return std::nullopt;
    case Page::endless:
      return outcome_with(Result::unclear, reply, "the list of payments does not come to an end");
    case Page::last:
      break;
  }
  if (matches_.size() > 1) {
    std::string ids;
    for (const std::string& id : matches_) add_word(ids, id);
    return outcome_with(Result::several, reply, concat("payments ", ids, " are all for one order"));
  }
  if (!pending_.empty()) {
    return outcome_with(Result::unclear, reply, concat("payment ", pending_, " is still pending"));
  }
  if (!partial_.empty()) {
    return outcome_with(Result::unclear, reply,
                        concat("payment ", partial_, " is of another amount"));
  }
  if (matches_.empty()) {
    return outcome_with(Result::absent, reply, concat("order ", order_id_, " has no payment"));
  }
  Outcome outcome =
      outcome_with(Result::found, reply, concat("payment ", matches_.front(), " stands at Square"));
  outcome.external_id = order_id_;
  outcome.external_payment_id = matches_.front();
  return outcome;
}

}  // namespace pos::square
