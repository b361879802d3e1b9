#include "audit/plan/plan.hpp"

#include <algorithm>

#include "base/sorted_indices.hpp"
#include "base/text.hpp"

namespace pos::audit {
namespace {

// Square refunds no payment that is older than a year; a day of it is for the way there.
constexpr std::int64_t refundable_for_ms = std::int64_t{364} * 86'400'000;

constexpr std::size_t nobody = static_cast<std::size_t>(-1);

/// Small numbers for texts, the same for the same: 0 for "".
class Names {
 public:
  std::int64_t number_of(const std::string& text) {
    if (text.empty()) return 0;
    return numbers_.emplace(text, static_cast<std::int64_t>(numbers_.size()) + 1).first->second;
  }

 private:
  std::map<std::string, std::int64_t> numbers_;
};

bool is_live(const Tender& tender) {
  return tender.payment.status != "FAILED" && tender.payment.status != "CANCELED";
}

bool is_completed(const Tender& tender) { return tender.payment.status == "COMPLETED"; }

bool is_untouched(const Tender& tender) {
  return is_completed(tender) && tender.payment.refunded == 0 && tender.pending == 0 &&
         !tender.disputed;
}

/// Its payments make up its total, whether or not the order itself shows them.
bool is_covered(const Member& member) {
  std::int64_t paid = 0;
  for (const Tender& each : member.payments) paid += is_completed(each) ? each.payment.amount : 0;
  return paid > 0 && paid >= member.sale.total;
}

/// Completely paid, with all of the money still there.
bool is_whole(const Member& member) {
  if (!member.sale.paid) return false;
  std::size_t live = 0;
  for (const Tender& each : member.payments) {
    if (!is_live(each)) continue;
    if (!is_untouched(each)) return false;
    ++live;
  }
  return live > 0 || member.sale.total == 0;
}

bool is_wholly_refunded(const Member& member) {
  std::int64_t refunded = 0;
  for (const Tender& each : member.payments) {
    if (!is_completed(each)) continue;
    if (each.payment.refunded < each.payment.amount) return false;
    refunded += each.payment.refunded;
  }
  return refunded > 0;
}

/// The members of a candidate that belong together by their texts, in the order of their time.
class Verified {
 public:
  Verified(Confidence confidence, std::vector<Member> candidates, std::int64_t window_ms) {
    const auto leave = [](const Member& each) {
      return each.sale.kind != "sale" || !each.sale.missing.empty() || is_wholly_refunded(each);
    };
    candidates.erase(std::remove_if(candidates.begin(), candidates.end(), leave), candidates.end());
    const auto earlier = [&](std::size_t a, std::size_t b) {
      const square::OrderSnapshot& one = candidates[a].sale;
      const square::OrderSnapshot& other = candidates[b].sale;
      if (one.created_at_ms != other.created_at_ms) return one.created_at_ms < other.created_at_ms;
      return one.id < other.id;
    };
    std::vector<Member> sorted;
    for (const std::size_t each : sorted_indices(candidates.size(), earlier)) {
      sorted.push_back(std::move(candidates[each]));
    }
    take(confidence, regrouped(sorted, window_ms), sorted);
  }

  Confidence confidence = Confidence::possible;
  std::vector<Member> members;

 private:
  /// The rules of the grouping once more, on what no hash can mistake. Rows are positions.
  static std::vector<Candidate> regrouped(const std::vector<Member>& members,
                                          std::int64_t window_ms) {
    Grouping grouping(window_ms);
    Names references;
    Names metadata;
    Names contents;
    Names tables;
    for (std::size_t i = 0; i < members.size(); ++i) {
      const square::OrderSnapshot& sale = members[i].sale;
      Key key;
      key.row = static_cast<std::int64_t>(i);
      key.created_at_ms = sale.created_at_ms;
      key.reference_hash = references.number_of(sale.reference_id);
      key.metadata_hash = metadata.number_of(metadata_of(sale));
      key.has_pos_sync = !sale.pos_sync.empty();
      key.content_hash = contents.number_of(sale.content);
      if (!is_shared_table(members[i])) key.table_hash = tables.number_of(sale.table_id);
      grouping.add(key);
    }
    return grouping.finish();
  }

  /// Of several groups the largest: only a collision of hashes makes more than one, or an order
  /// that had held them together and is left out.
  void take(Confidence claimed, const std::vector<Candidate>& groups, std::vector<Member>& from) {
    const Candidate* largest = nullptr;
    for (const Candidate& each : groups) {
      if (!largest || each.rows.size() > largest->rows.size()) largest = &each;
    }
    if (!largest) return;
    // Which references identify something is for the whole place to say: never surer than that.
    confidence = std::max(claimed, largest->confidence);
    for (const std::int64_t row : largest->rows) {
      members.push_back(std::move(from[static_cast<std::size_t>(row)]));
    }
  }
};

/// Makes a plan of a group's members.
class Planner {
 public:
  Planner(Verified group, const PlanningContext& circumstances)
      : confidence_(group.confidence),
        members_(std::move(group.members)),
        circumstances_(circumstances) {}

  Plan plan() {
    find_reason();
    weigh_evidence();
    choose_survivor();
    find_contradiction();
    Plan plan;
    std::vector<std::string> ids;
    for (const Member& each : members_) ids.push_back(each.sale.id);
    plan.group_id = group_id_of(std::move(ids));
    plan.confidence = confidence_;
    plan.because = because_;
    plan.evidence = evidence_;
    plan.currency = members_[survivor_].sale.currency;
    plan.survivor = members_[survivor_].sale.id;
    plan.survivor_because = survivor_because_;
    for (std::size_t i = 0; i < members_.size(); ++i) plan.orders.push_back(order_of(i));
    return plan;
  }

 private:
  void find_reason() {
    bool same_metadata = true;
    bool same_reference = true;
    for (const Member& each : members_) {
      const square::OrderSnapshot& first = members_.front().sale;
      if (metadata_of(each.sale) != metadata_of(first)) same_metadata = false;
      if (each.sale.reference_id != first.reference_id) same_reference = false;
      // Amounts of two currencies are not the same amount.
      if (each.sale.currency != first.currency) confidence_ = Confidence::possible;
    }
    same_metadata = same_metadata && !metadata_of(members_.front().sale).empty();
    same_reference = same_reference && !members_.front().sale.reference_id.empty();
    const bool by_name = confidence_ != Confidence::probable;
    because_ = by_name && same_metadata                                            ? "metadata"
               : confidence_ == Confidence::certain || (by_name && same_reference) ? "reference_id"
                                                                                   : "look";
    if (confidence_ == Confidence::certain) {
      // A bill that two guests split may be two orders with the restaurant's one id of it.
      const bool our_key = std::all_of(members_.begin(), members_.end(), [](const Member& each) {
        return !each.sale.pos_sync.empty();
      });
      bond_ = same_metadata && our_key ? Bond::metadata : Bond::reference;
    }
  }

  void weigh_evidence() {
    evidence_ = evidence_of(members_, circumstances_.window_ms);
    if (evidence_.contradicts(bond_)) confidence_ = Confidence::possible;
  }

  void choose_survivor() {
    knows_paid_ = std::any_of(members_.begin(), members_.end(),
                              [](const Member& each) { return each.known && each.sale.paid; });
    // Of two that are as good, the earlier one.
    for (std::size_t i = 1; i < members_.size(); ++i) {
      if (claim_of(members_[i]) < claim_of(members_[survivor_])) survivor_ = i;
    }
    survivor_because_ = because_of(claim_of(members_[survivor_]));
  }

  /// Why an order would be the one that stays, the best reason first.
  enum class Claim : std::uint8_t {
    fixed = 0,
    known_unpaid = 1,  // for a human, if another one is paid
    known_whole = 2,
    whole = 3,
    known_paid = 4,
    paid = 5,
    none = 6,
    duplicate = 7,  // for ever
  };

  Claim claim_of(const Member& member) const {
    if (member.fixed_role == "survivor") return Claim::fixed;
    if (!member.fixed_group.empty()) return Claim::duplicate;
    if (member.known && !knows_paid_) return Claim::known_unpaid;
    if (is_whole(member)) return member.known ? Claim::known_whole : Claim::whole;
    if (member.sale.paid) return member.known ? Claim::known_paid : Claim::paid;
    return Claim::none;
  }

  const char* because_of(Claim claim) const {
    switch (claim) {
      case Claim::fixed:
        return "fixed";
      case Claim::known_unpaid:
      case Claim::known_whole:
      case Claim::known_paid:
        return "queue";
      case Claim::whole:
      case Claim::paid:
      case Claim::none:
      case Claim::duplicate:
        return survivor_ == 0 ? "earliest" : "paid";
    }
    return "";
  }

  template <typename Predicate>
  std::size_t first_that(Predicate predicate) const {
    const auto found = std::find_if(members_.begin(), members_.end(), predicate);
    if (found == members_.end()) return nobody;
    return static_cast<std::size_t>(found - members_.begin());
  }

  /// Why the group needs manual review, whatever is approved.
  void find_contradiction() {
    const Member& survivor = members_[survivor_];
    for (const Member& each : members_) {
      const bool elsewhere =
          !each.fixed_group.empty() &&
          (survivor.fixed_role != "survivor" || each.fixed_group != survivor.fixed_group);
      if (!elsewhere) continue;
      contradiction_ = concat("fixed_elsewhere: order ", each.sale.id, " belongs to the group of ",
                              each.fixed_group, " for ever");
      return;
    }
    const std::size_t paid = first_that([](const Member& each) { return each.sale.paid; });
    if (survivor_because_ == "queue" && !survivor.sale.paid && paid != nobody) {
      contradiction_ =
          concat("unclear: our queue knows ", survivor.sale.id, ", which is unpaid, and not ",
                 members_[paid].sale.id, ", which is paid");
      return;
    }
    const auto known = std::count_if(members_.begin(), members_.end(),
                                     [](const Member& each) { return each.known; });
    if (confidence_ != Confidence::certain && known > 1) {
      confidence_ = Confidence::possible;
      contradiction_ = "unclear: our queue knows several of them as orders of their own";
      evidence_.speaks_against.emplace_back("queue");
    }
  }

  PlannedOrder order_of(std::size_t i) const {
    const Member& member = members_[i];
    PlannedOrder order;
    order.id = member.sale.id;
    order.created_at_ms = member.sale.created_at_ms;
    order.reference_id = member.sale.reference_id;
    order.table = member.sale.table_id;
    order.total = member.sale.total;
    order.tip = member.sale.tip;
    order.tax = member.sale.tax;
    order.content = member.sale.fingerprint;
    order.tenders = tender_ids_of(member.sale);
    order.paid = member.sale.paid;
    order.role = i == survivor_ ? "survivor" : "duplicate";
    for (const Tender& each : member.payments) {
      order.payments.push_back(payment_of(each, i == survivor_));
    }
    decide(member, i == survivor_, order);
    return order;
  }

  PlannedPayment payment_of(const Tender& tender, bool stays) const {
    const square::PaymentSnapshot& payment = tender.payment;
    PlannedPayment planned;
    planned.id = payment.id;
    planned.created_at_ms = payment.created_at_ms;
    planned.amount = payment.amount;
    planned.source_type = payment.source_type;
    planned.status = payment.status;
    planned.refunded = payment.refunded;
    planned.fee = payment.fee;
    planned.records_only = payment.source_type == "CASH" || payment.source_type == "EXTERNAL";
    planned.action = "none";
    planned.reason = contradiction_;
    if (stays || !contradiction_.empty()) return planned;
    planned.reason = obstacle_of(tender);
    if (!planned.reason.empty()) return planned;
    planned.action = "refund";
    if (planned.records_only) planned.reason = "records_only: only bookkeeping: no money moves";
    return planned;
  }

  /// Why a duplicate's payment cannot be refunded; "" if it can.
  std::string obstacle_of(const Tender& tender) const {
    const square::PaymentSnapshot& payment = tender.payment;
    if (!is_completed(tender)) return concat("not_completed: the payment is ", payment.status);
    if (tender.disputed) {
      return "disputed: Square refunds no disputed payment; answer the dispute as a duplicate";
    }
    if (payment.refunded >= payment.amount) return "refunded: all of it was given back";
    if (payment.refunded > 0) {
      return concat("partly_refunded: ", payment.refunded, " of ", payment.amount,
                    " were given back, and for what is not known");
    }
    if (tender.pending > 0) {
      return concat("refund_pending: a refund of ", tender.pending, " is under way");
    }
    if (payment.created_at_ms <= circumstances_.now_ms - refundable_for_ms) {
      return "too_old: Square refunds no payment of more than a year ago";
    }
    if (!is_whole(members_[survivor_])) {
      return concat("survivor_unpaid: order ", members_[survivor_].sale.id,
                    " would stay, and is not wholly paid and unrefunded");
    }
    return {};
  }

  void decide(const Member& member, bool stays, PlannedOrder& order) const {
    order.action = stays ? "keep" : "none";
    if (!contradiction_.empty()) {
      order.action = "none";
      order.reason = contradiction_;
      return;
    }
    if (stays) return;
    for (const PlannedPayment& each : order.payments) {
      const bool refunds = each.action == "refund";
      // What was refused long ago is no reason where another payment has one.
      const bool tells = each.status != "FAILED" && each.status != "CANCELED";
      if (refunds && order.action != "refund") order.reason = each.reason;
      if (refunds) order.action = "refund";
      if (tells && order.reason.empty() && order.action == "none") order.reason = each.reason;
    }
    if (std::none_of(member.payments.begin(), member.payments.end(), is_live)) {
      decide_without_payment(member, order);
    }
  }

  void decide_without_payment(const Member& member, PlannedOrder& order) const {
    const bool none_is_paid =
        first_that([](const Member& each) { return each.sale.paid; }) == nobody;
    if (member.sale.paid) {
      order.reason = "no_payment: it is paid, and no payment of it was found";
    } else if (member.sale.state != "OPEN") {
      order.reason = concat("not_open: it is ", member.sale.state);
    } else if (!is_whole(members_[survivor_]) && !none_is_paid) {
      order.reason = concat("survivor_unpaid: order ", members_[survivor_].sale.id,
                            " would stay, and is not wholly paid and unrefunded");
    } else {
      order.action = "cancel";
    }
  }

  Confidence confidence_;
  std::vector<Member> members_;
  PlanningContext circumstances_;
  std::string because_;
  Bond bond_ = Bond::look;
  GroupEvidence evidence_;
  std::size_t survivor_ = 0;
  std::string survivor_because_;
  bool knows_paid_ = false;  // our queue's order is paid
  std::string contradiction_;
};

}  // namespace

std::optional<Plan> make_plan(Confidence confidence, std::vector<Member> members,
                              const PlanningContext& circumstances) {
  for (Member& each : members) each.sale.paid = each.sale.paid || is_covered(each);
  Verified group(confidence, std::move(members), circumstances.window_ms);
  if (group.members.size() < 2) return std::nullopt;
  return Planner(std::move(group), circumstances).plan();
}

}  // namespace pos::audit
