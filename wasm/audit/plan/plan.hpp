// What is to be done about a group of orders, once it is looked at closely: which one stays, what
// happens to each of the others, and why. Pure: the same facts give the same plan.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "audit/group/evidence.hpp"
#include "audit/group/grouping.hpp"
#include "base/json/value.hpp"
#include "base/json/writer.hpp"
#include "square/order_snapshot.hpp"

namespace pos::audit {

/// A payment of an order, with what refunds and disputes say of it.
struct Tender {
  square::PaymentSnapshot payment;
  std::int64_t pending = 0;  // what refunds that are not through yet ask for
  bool disputed = false;     // a dispute of it stands

  bool operator==(const Tender&) const = default;
};

/// An order that may belong to a group, with all that decides about it.
struct Member {
  square::OrderSnapshot sale;
  std::vector<Tender> payments;
  std::int64_t table_others = 0;  // orders of other content at its table within the window
  bool known = false;             // our ledger or queue says that this is the order which it booked
  std::string fixed_group;        // of pos_repair_orders: the group_key that it has for ever, or ""
  std::string fixed_role;         // "survivor" or "duplicate", or ""

  bool operator==(const Member&) const = default;
};

struct PlannedPayment {
  std::string id;
  std::int64_t created_at_ms = 0;
  std::int64_t amount = 0;
  std::string source_type;
  std::string status;
  std::int64_t refunded = 0;
  std::int64_t fee = 0;
  std::string action;         // "refund" or "none"
  bool records_only = false;  // cash or external: Square only writes the refund down
  std::string reason;         // a code, a colon and words; or ""

  bool operator==(const PlannedPayment&) const = default;
};

struct PlannedOrder {
  std::string id;
  std::int64_t created_at_ms = 0;
  std::string reference_id;
  std::string table;
  std::int64_t total = 0;
  std::int64_t tip = 0;              // is part of the total, and no sale
  std::string tax;                   // a JSON object, rate -> amount
  std::string content;               // fingerprint of all that a person sees of it
  std::vector<std::string> tenders;  // the ids of the payments that it shows itself
  bool paid = false;
  std::string role;    // "survivor" or "duplicate"
  std::string action;  // "keep", "refund" (one of its payments or more), "cancel" or "none"
  std::string reason;  // a code, a colon and words; or ""
  std::vector<PlannedPayment> payments;

  bool operator==(const PlannedOrder&) const = default;
};

struct Plan {
  std::string group_id;  // "g" and 20 hex digits, of the sorted ids of its orders
  Confidence confidence = Confidence::possible;
  std::string because;  // "metadata", "reference_id" or "look"
  GroupEvidence evidence;
  std::string currency;
  std::string survivor;          // an order's id
  std::string survivor_because;  // "fixed", "queue", "paid" or "earliest"
  std::vector<PlannedOrder> orders;

  bool operator==(const Plan&) const = default;
};

struct PlanningContext {
  std::int64_t window_ms = 0;
  std::int64_t now_ms = 0;  // D1's; only to tell what is too old to be refunded
};

/// Looks closely at a candidate: compares texts where the grouping compared hashes, and leaves out
/// what is no sale or wholly refunded. The confidence may come out lower, never higher: evidence
/// that contradicts what holds a group together makes it possible at most. Nothing if there are no
/// two orders left that belong together. `members` may come in any order.
///
/// Codes of reasons: disputed, too_old, refunded, partly_refunded, refund_pending, not_completed,
/// survivor_unpaid, no_payment, not_open, unclear, fixed_elsewhere; and records_only, beside a
/// refund that is to be made.
[[nodiscard]] std::optional<Plan> make_plan(Confidence confidence, std::vector<Member> members,
                                            const PlanningContext& circumstances);

/// The plan as pos_audit_groups holds it and as an answer shows it.
[[nodiscard]] std::string json_of(const Plan& plan);

/// "g" and 20 hex digits of SHA-256 over the sorted ids.
[[nodiscard]] std::string group_id_of(std::vector<std::string> order_ids);

/// What a plan's fingerprint becomes with one more group: start with "", go by group_id.
[[nodiscard]] std::string chained_fingerprint(std::string_view before, std::string_view group_json);

/// When a day begins, as the shell says it.
struct Day {
  std::string name;  // "2026-11-21"
  std::int64_t begins_at_ms = 0;

  bool operator==(const Day&) const = default;
};

/// Reads what came of io::DayBoundariesCommand: [["2026-11-21", begins_at_ms], …].
[[nodiscard]] std::vector<Day> read_days(json::Value days);

/// The day that a time is in, by days in their order; in UTC where they do not reach.
[[nodiscard]] std::string day_of(const std::vector<Day>& days, std::int64_t at_ms);

/// The money of a place's plan. Groups that are only possible are counted and add no money. What a
/// duplicate was paid and not given back yet is overcounted; what is unpaid is not in the books.
class PlanTotals {
 public:
  /// Adds a group; `days` are the place's.
  void add(const Plan& plan, const std::vector<Day>& days);

  /// The JSON object of pos_audit_places.figures.
  [[nodiscard]] std::string json() const;

  /// Reads what json() has written, so that adding can go on in another invocation.
  [[nodiscard]] static PlanTotals read(json::Value figures);

  /// Adds another's figures of the same currency: of several places, or of several pages.
  void add(const PlanTotals& other);

  bool operator==(const PlanTotals&) const = default;

 private:
  struct Sum {
    std::int64_t count = 0;
    std::int64_t amount = 0;

    void add(std::int64_t more);
    bool operator==(const Sum&) const = default;
  };
  using DayAndRate = std::pair<std::string, std::string>;

  void add_duplicate(const PlannedOrder& order);
  void add_overcount(const PlannedOrder& order, const std::vector<Day>& days);
  void add_payment(const PlannedPayment& payment);

  std::string currency_;
  std::int64_t groups_[3] = {};  // by Confidence
  std::int64_t duplicates_ = 0;
  std::int64_t gross_overcounted_ = 0;
  std::map<DayAndRate, std::int64_t> vat_;
  Sum refundable_;          // money that goes back
  Sum records_only_;        // cash and external: only bookkeeping
  Sum cancelable_;          // unpaid orders
  Sum dispute_fast_track_;  // disputed, or too old to be refunded
  Sum for_a_human_;         // duplicates of which nothing else can be done by itself
  std::int64_t fees_ = 0;   // of duplicates; Square has not given them back since 2023
};

}  // namespace pos::audit
