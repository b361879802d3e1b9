#include <algorithm>

#include "audit/plan/plan.hpp"
#include "base/decimal.hpp"
#include "base/text.hpp"
#include "base/timestamp.hpp"

namespace pos::audit {
namespace {

using json::Value;

constexpr std::int64_t longest_day_ms = std::int64_t{36} * 3'600'000;

bool begins_with(const std::string& text, const char* word) { return text.rfind(word, 0) == 0; }

/// For Square's own people: it cannot be refunded by anybody through the API.
bool is_for_disputes(const PlannedPayment& payment) {
  return begins_with(payment.reason, "disputed:") || begins_with(payment.reason, "too_old:");
}

std::int64_t refunded_of(const PlannedOrder& order) {
  std::int64_t sum = 0;
  for (const PlannedPayment& each : order.payments) sum += each.refunded;
  return sum;
}

/// What of an amount is left of an order of which a part was given back.
std::int64_t share(std::int64_t amount, std::int64_t left, std::int64_t total) {
  if (left == total || total <= 0 || amount <= 0) return amount;
  return round_product(amount, left, total);
}

void write_sum(json::Writer& out, const char* name, std::int64_t count, std::int64_t amount) {
  out.object(name).member("count", count).member("amount", amount).end_object();
}

}  // namespace

std::vector<Day> read_days(Value days) {
  std::vector<Day> read;
  for (Value each = days.first(); each.present(); each = each.next()) {
    read.push_back({std::string(each.at(0).text()), each.at(1).integer()});
  }
  return read;
}

std::string day_of(const std::vector<Day>& days, std::int64_t at_ms) {
  const Day* found = nullptr;
  for (const Day& each : days) {
    if (each.begins_at_ms <= at_ms) found = &each;
  }
  const bool reaches = found && at_ms - found->begins_at_ms < longest_day_ms;
  return reaches ? found->name : to_rfc3339(at_ms).substr(0, 10);
}

void PlanTotals::Sum::add(std::int64_t more) {
  ++count;
  amount += more;
}

void PlanTotals::add(const Plan& plan, const std::vector<Day>& days) {
  ++groups_[static_cast<std::size_t>(plan.confidence)];
  if (currency_.empty()) currency_ = plan.currency;
  if (plan.confidence == Confidence::possible) return;
  // Where the one that stays is unpaid, the first one that is paid is the sale.
  bool sold = false;
  for (const PlannedOrder& each : plan.orders)
    sold = sold || (each.role == "survivor" && each.paid);
  for (const PlannedOrder& each : plan.orders) {
    if (each.role == "survivor") continue;
    add_duplicate(each);
    if (!each.paid) continue;
    if (sold) add_overcount(each, days);
    sold = true;
  }
}

void PlanTotals::add_duplicate(const PlannedOrder& order) {
  ++duplicates_;
  if (order.action == "cancel") cancelable_.add(order.total);
  bool is_for_a_human = order.action == "none";
  for (const PlannedPayment& each : order.payments) {
    add_payment(each);
    if (is_for_disputes(each)) is_for_a_human = false;
  }
  if (is_for_a_human) for_a_human_.add(order.total - refunded_of(order));
}

void PlanTotals::add_payment(const PlannedPayment& payment) {
  fees_ += payment.fee;
  if (is_for_disputes(payment)) dispute_fast_track_.add(payment.amount - payment.refunded);
  if (payment.action != "refund") return;
  (payment.records_only ? records_only_ : refundable_).add(payment.amount);
}

void PlanTotals::add_overcount(const PlannedOrder& order, const std::vector<Day>& days) {
  // As the books count it: a tip is no sale, and what was given back is none any more.
  const std::int64_t gross = order.total - order.tip;
  const std::int64_t left = std::max<std::int64_t>(0, gross - refunded_of(order));
  gross_overcounted_ += left;
  json::Document document;
  (void)document.parse(order.tax);
  const std::string date = day_of(days, order.created_at_ms);
  const Value rates = document.root();
  for (Value each = rates.first(); each.present(); each = each.next()) {
    vat_[{date, std::string(each.key())}] += share(each.integer(), left, gross);
  }
}

std::string PlanTotals::json() const {
  json::Writer out;
  out.begin_object().member("currency", currency_);
  out.object("groups").member("certain", groups_[0]).member("probable", groups_[1]);
  out.member("possible", groups_[2]).end_object();
  out.member("duplicates", duplicates_).member("gross_overcounted", gross_overcounted_);
  out.array("vat_overreported");
  for (const auto& [key, amount] : vat_) {
    out.begin_object().member("date", key.first).member("rate", key.second);
    out.member("amount", amount).end_object();
  }
  out.end_array();
  write_sum(out, "refundable", refundable_.count, refundable_.amount);
  write_sum(out, "records_only", records_only_.count, records_only_.amount);
  write_sum(out, "cancelable", cancelable_.count, cancelable_.amount);
  write_sum(out, "dispute_fast_track", dispute_fast_track_.count, dispute_fast_track_.amount);
  write_sum(out, "for_a_human", for_a_human_.count, for_a_human_.amount);
  out.member("fees_paid_on_duplicates", fees_).member("fees_come_back", std::int64_t{0});
  out.end_object();
  return out.take();
}

PlanTotals PlanTotals::read(Value figures) {
  const auto sum = [&](const char* name) {
    return Sum{figures[name]["count"].integer(), figures[name]["amount"].integer()};
  };
  PlanTotals read;
  read.currency_ = figures["currency"].text();
  read.groups_[0] = figures["groups"]["certain"].integer();
  read.groups_[1] = figures["groups"]["probable"].integer();
  read.groups_[2] = figures["groups"]["possible"].integer();
  read.duplicates_ = figures["duplicates"].integer();
  read.gross_overcounted_ = figures["gross_overcounted"].integer();
  const Value vat = figures["vat_overreported"];
  for (Value each = vat.first(); each.present(); each = each.next()) {
    read.vat_[{std::string(each["date"].text()), std::string(each["rate"].text())}] +=
        each["amount"].integer();
  }
  read.refundable_ = sum("refundable");
  read.records_only_ = sum("records_only");
  read.cancelable_ = sum("cancelable");
  read.dispute_fast_track_ = sum("dispute_fast_track");
  read.for_a_human_ = sum("for_a_human");
  read.fees_ = figures["fees_paid_on_duplicates"].integer();
  return read;
}

void PlanTotals::add(const PlanTotals& other) {
  const auto sum = [](Sum& into, const Sum& more) {
    into.count += more.count;
    into.amount += more.amount;
  };
  if (currency_.empty()) currency_ = other.currency_;
  for (std::size_t i = 0; i < 3; ++i) groups_[i] += other.groups_[i];
  duplicates_ += other.duplicates_;
  gross_overcounted_ += other.gross_overcounted_;
  for (const auto& [key, amount] : other.vat_) vat_[key] += amount;
  sum(refundable_, other.refundable_);
  sum(records_only_, other.records_only_);
  sum(cancelable_, other.cancelable_);
  sum(dispute_fast_track_, other.dispute_fast_track_);
  sum(for_a_human_, other.for_a_human_);
  fees_ += other.fees_;
}

}  // namespace pos::audit
