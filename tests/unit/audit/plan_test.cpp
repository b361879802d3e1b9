// What is to be done about a group, and what is never done.
#include "audit/plan/plan.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "base/timestamp.hpp"
#include "harness/duration.hpp"
#include "harness/transcript.hpp"

namespace plan_test {

using pos::audit::Confidence;
using pos::audit::Day;
using pos::audit::Member;
using pos::audit::Plan;
using pos::audit::PlannedOrder;
using pos::audit::PlanningContext;
using pos::audit::PlanTotals;
using pos::audit::Tender;

namespace {
using duration::day;
using duration::hour;
using duration::minute;
constexpr std::int64_t noon = 1'760'000'000'000;

/// A copy of the same order, paid by card, a minute after the one before.
Member copy(const std::string& id, std::int64_t at_ms = 0) {
  Member member;
  member.sale.id = id;
  member.sale.created_at_ms = noon + at_ms;
  member.sale.kind = "sale";
  member.sale.state = "COMPLETED";
  member.sale.paid = true;
  member.sale.reference_id = "A1";
  member.sale.table_id = "T5";
  member.sale.total = 7000;
  member.sale.currency = "TRY";
  member.sale.tax = R"({"10":636})";
  member.sale.content = "kebap";
  member.sale.fingerprint = "f1";
  member.sale.tenders = R"([["CARD",0,"","",0,"P9"]])";
  Tender tender;
  tender.payment.id = "P" + id;
  tender.payment.created_at_ms = member.sale.created_at_ms;
  tender.payment.status = "COMPLETED";
  tender.payment.source_type = "CARD";
  tender.payment.amount = 7000;
  tender.payment.currency = "TRY";
  tender.payment.fee = 115;
  member.payments.push_back(tender);
  return member;
}

Member unpaid(const std::string& id, std::int64_t at_ms = 0) {
  Member member = copy(id, at_ms);
  member.sale.state = "OPEN";
  member.sale.paid = false;
  member.payments.clear();
  return member;
}

Member known(Member member) {
  member.known = true;
  return member;
}

/// Under a key of ours, with which no kind of tender is at odds.
Member keyed(Member member) {
  member.sale.pos_sync = "posSync:A1:square";
  return member;
}

Member fixed(Member member, const std::string& group, const std::string& role) {
  member.fixed_group = group;
  member.fixed_role = role;
  return member;
}

Member nameless(Member member) {
  member.sale.reference_id.clear();
  return member;
}

template <typename Change>
Member with_payment(Member member, Change change) {
  change(member.payments.front());
  return member;
}

std::optional<Plan> planned(std::vector<Member> members,
                            Confidence confidence = Confidence::certain,
                            std::int64_t now_ms = noon + day) {
  PlanningContext circumstances;
  circumstances.window_ms = 35 * minute;
  circumstances.now_ms = now_ms;
  return pos::audit::make_plan(confidence, std::move(members), circumstances);
}

Plan plan(std::vector<Member> members, Confidence confidence = Confidence::certain,
          std::int64_t now_ms = noon + day) {
  const auto found = planned(std::move(members), confidence, now_ms);
  REQUIRE(found);
  return *found;
}

const PlannedOrder& order(const Plan& plan, const std::string& id) {
  const auto found = std::find_if(plan.orders.begin(), plan.orders.end(),
                                  [&](const PlannedOrder& each) { return each.id == id; });
  REQUIRE(found != plan.orders.end());
  return *found;
}

std::string code(const std::string& reason) { return reason.substr(0, reason.find(':')); }

/// What happens to an order: "refund", "cancel", "keep", or "none" and why.
std::string action_of(const Plan& plan, const std::string& id) {
  const PlannedOrder& found = order(plan, id);
  return found.action == "none" ? "none " + code(found.reason) : found.action;
}

std::string outcome_beside_good(const Member& duplicate) {
  return action_of(plan({copy("A"), duplicate}), duplicate.sale.id);
}

}  // namespace

// ---------------------------------------------------------------- which orders

TEST_CASE("the copies of an order are refunded, and the earliest stays") {
  const Plan found = plan({copy("C", 2 * minute), copy("A"), copy("B", minute)});
  CHECK(found.survivor == "A");
  CHECK(found.survivor_because == "earliest");
  CHECK(found.because == "reference_id");
  CHECK(found.currency == "TRY");
  CHECK(action_of(found, "A") == "keep");
  CHECK(action_of(found, "B") == "refund");
  CHECK(action_of(found, "C") == "refund");
  CHECK(order(found, "A").role == "survivor");
  CHECK(order(found, "B").role == "duplicate");
  CHECK(order(found, "A").payments.front().action == "none");
  CHECK(order(found, "B").payments.front().action == "refund");
  CHECK(order(found, "B").payments.front().amount == 7000);
}

TEST_CASE("a collision of hashes refunds nothing: the texts are compared") {
  Member other = copy("B", minute);
  other.sale.content = "cola";
  const auto changed = planned({copy("A"), other});
  CHECK((!changed || changed->confidence == Confidence::possible));
  other.sale.reference_id = "A2";
  CHECK_FALSE(planned({copy("A"), other}));
  // The two that are one are still found.
  const Plan found = plan({copy("A"), other, copy("C", 2 * minute)});
  CHECK(found.orders.size() == 2);
  CHECK(action_of(found, "C") == "refund");
}

TEST_CASE("of two groups that a collision has made one the larger is planned") {
  const auto named = [](Member member) {
    member.sale.reference_id = "A2";
    member.sale.content = "cola";
    return member;
  };
  const Plan found = plan({copy("A"), copy("B", minute), copy("C", hour), named(copy("D")),
                           named(copy("E", 2 * hour))});
  CHECK(found.orders.size() == 3);
  CHECK(found.survivor == "A");
  CHECK(plan({copy("A"), copy("B", minute), named(copy("C")), named(copy("D", hour)),
              named(copy("E", 2 * hour))})
            .survivor == "C");
}

TEST_CASE("a collision of references leaves what the look says") {
  Member other = copy("B", minute);
  other.sale.reference_id = "A2";
  CHECK(plan({copy("A"), other}).confidence == Confidence::possible);
  other.sale.created_at_ms = noon + hour;
  CHECK_FALSE(planned({copy("A"), other}));
}

TEST_CASE("a confidence comes out lower, never higher") {
  CHECK(plan({copy("A"), copy("B", minute)}, Confidence::certain).confidence ==
        Confidence::certain);
  CHECK(plan({copy("A"), copy("B", minute)}, Confidence::probable).confidence ==
        Confidence::probable);
  CHECK(plan({copy("A"), copy("B", minute)}, Confidence::possible).confidence ==
        Confidence::possible);
  CHECK(plan({nameless(copy("A")), nameless(copy("B", minute))}).confidence ==
        Confidence::probable);
}

TEST_CASE("a plan says what its orders have in common") {
  CHECK(plan({nameless(copy("A")), nameless(copy("B", minute))}).because == "look");
  CHECK(plan({copy("A"), copy("B", minute)}, Confidence::probable).because == "look");
  CHECK(plan({copy("A"), copy("B", minute)}, Confidence::possible).because == "reference_id");
  Member ours = copy("A");
  ours.sale.order_key = "A1";
  Member again = ours;
  again.sale.id = "B";
  CHECK(plan({ours, again}).because == "metadata");
  CHECK(plan({ours, copy("B", minute)}).because == "reference_id");
  // Nothing in common is nothing to have in common.
  CHECK(plan({nameless(copy("A")), nameless(copy("B", minute))}, Confidence::possible).because ==
        "look");
}

TEST_CASE("orders under one key of ours are one sale, whatever a till has changed in one of them") {
  Member changed = keyed(nameless(copy("B", hour)));
  changed.sale.content = "cola";
  const Plan found = plan({keyed(nameless(copy("A"))), changed});
  CHECK(found.confidence == Confidence::certain);
  CHECK(found.because == "metadata");
  // A till's own order id says no such thing: a bill may have been split.
  const auto bill = [](Member member) {
    member.sale.pos_sync.clear();
    member.sale.order_key = "A1";
    return member;
  };
  CHECK(plan({bill(nameless(copy("A"))), bill(changed)}).confidence == Confidence::possible);
}

TEST_CASE("an order key and a key of ours that read the same are not the same") {
  Member one = copy("A");
  one.sale.order_key = "A1";
  Member other = copy("B", minute);
  other.sale.pos_sync = "A1";
  CHECK(plan({one, other}).confidence == Confidence::possible);
}

TEST_CASE("returns, canceled ones and drafts belong to no group") {
  for (const char* kind : {"return", "canceled", "draft"}) {
    Member other = copy("B", minute);
    other.sale.kind = kind;
    CHECK_FALSE(planned({copy("A"), other}));
  }
}

TEST_CASE("what is wholly refunded is no duplicate any more") {
  const Member refunded =
      with_payment(copy("B", 30 * minute), [](Tender& each) { each.payment.refunded = 7000; });
  CHECK_FALSE(planned({copy("A"), refunded}));
  CHECK(plan({copy("A"), refunded, copy("C", hour)}).orders.size() == 2);
  // By their look the two that are left are an hour apart.
  CHECK_FALSE(planned({nameless(copy("A")), nameless(refunded), nameless(copy("C", hour))},
                      Confidence::probable));
}

TEST_CASE("a payment that never moved money does not keep a refunded order in its group") {
  for (const char* status : {"FAILED", "CANCELED"}) {
    CAPTURE(status);
    Member refunded =
        with_payment(copy("B", minute), [](Tender& each) { each.payment.refunded = 7000; });
    refunded.payments.insert(refunded.payments.begin(), copy("C").payments.front());
    refunded.payments.front().payment.status = status;
    CHECK_FALSE(planned({copy("A"), refunded}));
  }
}

TEST_CASE("of two orders of the same millisecond the same one stays, in whatever order they come") {
  CHECK(plan({copy("A"), copy("B")}).survivor == "A");
  CHECK(plan({copy("B"), copy("A")}).survivor == "A");
}

TEST_CASE("an order with a payment that is left is not wholly refunded") {
  Member two = copy("B", minute);
  two.payments.push_back(two.payments.front());
  two.payments.back().payment.id = "P2";
  two.payments.front().payment.refunded = 7000;
  const Plan found = plan({copy("A"), two});
  CHECK(action_of(found, "B") == "refund");
  CHECK(code(order(found, "B").payments.front().reason) == "refunded");
  CHECK(order(found, "B").payments.back().action == "refund");
}

TEST_CASE("amounts of two currencies are never the same amount") {
  Member one = copy("A");
  one.sale.pos_sync = "key";
  Member other = copy("B", minute);
  other.sale.pos_sync = "key";
  other.sale.currency = "EUR";
  CHECK(plan({one, other}).confidence == Confidence::possible);
}

// ---------------------------------------------------------------- which one stays

TEST_CASE("the order that our queue knows stays, though it is not the earliest") {
  const Plan found = plan({copy("A"), known(copy("B", minute))});
  CHECK(found.survivor == "B");
  CHECK(found.survivor_because == "queue");
  CHECK(action_of(found, "A") == "refund");
}

TEST_CASE("a paid order stays before an unpaid one, which is canceled") {
  const Plan found = plan({unpaid("A"), copy("B", minute), copy("C", 2 * minute)});
  CHECK(found.survivor == "B");
  CHECK(found.survivor_because == "paid");
  CHECK(action_of(found, "A") == "cancel");
  CHECK(action_of(found, "C") == "refund");
}

TEST_CASE("of orders that are all unpaid the one that our queue knows stays, else the earliest") {
  const Plan found = plan({unpaid("A"), unpaid("B", minute)});
  CHECK(found.survivor == "A");
  CHECK(found.survivor_because == "earliest");
  CHECK(action_of(found, "B") == "cancel");
  const Plan queued = plan({unpaid("A"), known(unpaid("B", minute))});
  CHECK(queued.survivor == "B");
  CHECK(queued.survivor_because == "queue");
  CHECK(action_of(queued, "A") == "cancel");
}

TEST_CASE("nothing is done where our queue's order is unpaid and another one is paid") {
  const Plan found = plan({known(unpaid("A")), copy("B", minute), copy("C", 2 * minute)});
  CHECK(found.survivor == "A");
  for (const PlannedOrder& each : found.orders) {
    CHECK(each.action == "none");
    CHECK(code(each.reason) == "unclear");
    for (const auto& payment : each.payments) CHECK(payment.action == "none");
  }
}

TEST_CASE("where our queue knows two of them, the paid one stays") {
  const Plan found = plan({known(unpaid("A")), known(copy("B", minute))});
  CHECK(found.survivor == "B");
  CHECK(action_of(found, "A") == "cancel");
}

TEST_CASE("two orders that only look the same and that our queue booked both are for a human") {
  const Plan found =
      plan({known(nameless(copy("A"))), known(nameless(copy("B", minute)))}, Confidence::probable);
  CHECK(found.confidence == Confidence::possible);
  CHECK(action_of(found, "A") == "none unclear");
  CHECK(action_of(found, "B") == "none unclear");
  // With one name they are the tries of one order.
  CHECK(action_of(plan({known(copy("A")), known(copy("B", minute))}), "B") == "refund");
}

TEST_CASE("an order whose money is not all there does not stay where another one's is") {
  const Member partly = with_payment(copy("A"), [](Tender& each) { each.payment.refunded = 1; });
  const Member asked = with_payment(copy("A"), [](Tender& each) { each.pending = 1; });
  const Member disputed = with_payment(copy("A"), [](Tender& each) { each.disputed = true; });
  for (const Member& each : {partly, asked, disputed, known(partly), known(disputed)}) {
    const Plan found = plan({each, copy("B", minute), copy("C", 2 * minute)});
    CHECK(found.survivor == "B");
    CHECK(found.survivor_because == "paid");
    CHECK(order(found, "A").action == "none");
    CHECK(action_of(found, "C") == "refund");
  }
}

TEST_CASE("nothing is refunded where no order is wholly paid and unrefunded") {
  const Member partly = with_payment(copy("A"), [](Tender& each) { each.payment.refunded = 1; });
  const Member disputed =
      with_payment(copy("B", minute), [](Tender& each) { each.disputed = true; });
  const Plan found = plan({partly, disputed, unpaid("C", 2 * minute)});
  CHECK(found.survivor == "A");
  CHECK(action_of(found, "B") == "none disputed");
  // Nor canceled: what would stay is not all there.
  CHECK(action_of(found, "C") == "none survivor_unpaid");
  CHECK(plan({partly, known(disputed)}).survivor == "B");
}

TEST_CASE("a payment of which nothing was read proves no survivor") {
  Member blind = copy("A");
  blind.payments.clear();
  const Plan found = plan({fixed(blind, "A", "survivor"), copy("B", minute)});
  CHECK(action_of(found, "B") == "none survivor_unpaid");
  // An order that costs nothing has none.
  blind.sale.total = 0;
  CHECK(action_of(plan({fixed(blind, "A", "survivor"), copy("B", minute)}), "B") == "refund");
}

// ---------------------------------------------------------------- what was decided before

TEST_CASE("a survivor that was fixed stays, whatever else would") {
  const Plan found =
      plan({copy("A"), known(copy("B", minute)), fixed(copy("C", 2 * minute), "C", "survivor")});
  CHECK(found.survivor == "C");
  CHECK(found.survivor_because == "fixed");
  CHECK(action_of(found, "A") == "refund");
  CHECK(action_of(found, "B") == "refund");
}

TEST_CASE("a survivor that was fixed and is unpaid now refunds and cancels nothing") {
  const Plan found =
      plan({fixed(unpaid("A"), "A", "survivor"), copy("B", minute), unpaid("C", 2 * minute)});
  CHECK(action_of(found, "B") == "none survivor_unpaid");
  CHECK(action_of(found, "C") == "none survivor_unpaid");
}

TEST_CASE("the duplicates of an earlier approval stay duplicates of the same survivor") {
  const Plan found = plan({fixed(copy("A"), "B", "duplicate"),
                           fixed(copy("B", minute), "B", "survivor"), copy("C", 2 * minute)});
  CHECK(found.survivor == "B");
  CHECK(action_of(found, "A") == "refund");
  CHECK(action_of(found, "C") == "refund");
}

TEST_CASE("an order that belongs to another group for ever makes nothing happen") {
  const Plan two = plan({fixed(copy("A"), "A", "survivor"),
                         fixed(copy("B", minute), "X", "duplicate"), copy("C", 2 * minute)});
  CHECK(two.survivor == "A");
  for (const PlannedOrder& each : two.orders)
    CHECK(action_of(two, each.id) == "none fixed_elsewhere");
  const Plan survivors =
      plan({fixed(copy("A"), "A", "survivor"), fixed(copy("B", minute), "B", "survivor")});
  CHECK(action_of(survivors, "B") == "none fixed_elsewhere");
  // Its survivor is not among them: it may not become one.
  const Plan orphan = plan({fixed(copy("A"), "X", "duplicate"), copy("B", minute)});
  CHECK(orphan.survivor == "B");
  CHECK(action_of(orphan, "A") == "none fixed_elsewhere");
  CHECK(action_of(orphan, "B") == "none fixed_elsewhere");
}

// ---------------------------------------------------------------- what can be refunded

TEST_CASE("a duplicate's payment that cannot be refunded says why") {
  CHECK(outcome_beside_good(with_payment(
            copy("B", minute), [](Tender& each) { each.disputed = true; })) == "none disputed");
  CHECK(outcome_beside_good(with_payment(copy("B", minute), [](Tender& each) {
          each.payment.refunded = 6999;
        })) == "none partly_refunded");
  CHECK(outcome_beside_good(with_payment(
            copy("B", minute), [](Tender& each) { each.pending = 1; })) == "none refund_pending");
  for (const char* status : {"APPROVED", "PENDING", "SOMETHING"}) {
    CHECK(outcome_beside_good(with_payment(copy("B", minute), [&](Tender& each) {
            each.payment.status = status;
          })) == "none not_completed");
  }
}

TEST_CASE("a payment is refunded until a day before it is a year old") {
  const Member duplicate = copy("B", minute);
  const std::int64_t last = duplicate.payments.front().payment.created_at_ms + 364 * day;
  CHECK(action_of(plan({copy("A"), duplicate}, Confidence::certain, last - 1), "B") == "refund");
  CHECK(action_of(plan({copy("A"), duplicate}, Confidence::certain, last), "B") == "none too_old");
}

TEST_CASE("refunds of cash and external payments are only bookkeeping, and say so") {
  for (const char* source : {"CASH", "EXTERNAL"}) {
    const Plan found = plan({copy("A"), with_payment(copy("B", minute), [&](Tender& each) {
                               each.payment.source_type = source;
                             })});
    CHECK(action_of(found, "B") == "refund");
    CHECK(order(found, "B").payments.front().records_only);
    CHECK(code(order(found, "B").payments.front().reason) == "records_only");
    CHECK(code(order(found, "B").reason) == "records_only");
  }
  CHECK_FALSE(order(plan({copy("A"), copy("B", minute)}), "B").payments.front().records_only);
}

TEST_CASE("each of several tenders is decided by itself") {
  Member two = copy("B", minute);
  two.payments.push_back(two.payments.front());
  two.payments.front().disputed = true;
  two.payments.back().payment.id = "P2";
  const Plan found = plan({copy("A"), two});
  CHECK(action_of(found, "B") == "refund");
  CHECK(code(order(found, "B").payments.front().reason) == "disputed");
  CHECK(order(found, "B").payments.front().action == "none");
  CHECK(order(found, "B").payments.back().action == "refund");
  // A survivor of several tenders needs them all.
  two.sale.created_at_ms = noon - minute;
  CHECK(plan({copy("A"), two}).survivor == "A");
}

TEST_CASE("a payment that failed moved no money: it neither stops a survivor nor a cancelation") {
  for (const char* status : {"FAILED", "CANCELED"}) {
    CAPTURE(status);
    Member tried = copy("A");
    tried.payments.push_back(tried.payments.front());
    tried.payments.front().payment.status = status;
    CHECK(plan({tried, copy("B", minute)}).survivor == "A");
    Member open = unpaid("C", minute);
    open.payments.push_back(tried.payments.front());
    CHECK(action_of(plan({copy("A"), open}), "C") == "cancel");
    Member paid = copy("B", minute);
    paid.payments.insert(paid.payments.begin(), tried.payments.front());
    CHECK(order(plan({copy("A"), paid}), "B").reason.empty());
  }
}

TEST_CASE("only an open order without a payment is canceled") {
  Member held = unpaid("B", minute);
  held.payments = copy("B").payments;
  held.payments.front().payment.status = "APPROVED";
  CHECK(outcome_beside_good(held) == "none not_completed");
  Member strange = unpaid("B", minute);
  strange.sale.state = "ON_ITS_WAY";
  CHECK(outcome_beside_good(strange) == "none not_open");
  Member blind = copy("B", minute);
  blind.payments.clear();
  CHECK(outcome_beside_good(blind) == "none no_payment");
}

TEST_CASE("what is only possible has its actions too, for an approval that names it") {
  CHECK(action_of(plan({copy("A"), copy("B", minute)}, Confidence::possible), "B") == "refund");
}

// ---------------------------------------------------------------- what it is called

TEST_CASE("a group's id is that of its orders in any order") {
  const std::string id = plan({copy("A"), copy("B", minute)}).group_id;
  CHECK(id.size() == 21);
  CHECK(id.front() == 'g');
  CHECK(id == pos::audit::group_id_of({"B", "A"}));
  CHECK(id != pos::audit::group_id_of({"A", "C"}));
  CHECK(pos::audit::group_id_of({"AB", "C"}) != pos::audit::group_id_of({"A", "BC"}));
}

TEST_CASE("a plan is written as it is stored and shown") {
  const std::string text = json_of(plan({copy("A"), copy("B", minute)}));
  CHECK(
      text ==
      R"({"group_id":")" + pos::audit::group_id_of({"A", "B"}) +
          R"(","confidence":"certain","because":"reference_id",)"
          R"("for":["reference_id","content","table","time","tender"],"against":[],)"
          R"("currency":"TRY","survivor":"A",)"
          R"("survivor_because":"earliest","orders":[)"
          R"({"id":"A","created_at":"2025-10-09T08:53:20.000Z","reference_id":"A1","table":"T5",)"
          R"("total":7000,"tip":0,"tax":{"10":636},"content":"f1","tenders":["P9"],"paid":true,)"
          R"("role":"survivor","action":"keep","reason":"",)"
          R"("payments":[{"id":"PA","created_at":"2025-10-09T08:53:20.000Z","amount":7000,)"
          R"("source_type":"CARD","status":"COMPLETED","refunded":0,"fee":115,"action":"none",)"
          R"("records_only":false,"reason":""}]},)"
          R"({"id":"B","created_at":"2025-10-09T08:54:20.000Z","reference_id":"A1","table":"T5",)"
          R"("total":7000,"tip":0,"tax":{"10":636},"content":"f1","tenders":["P9"],"paid":true,)"
          R"("role":"duplicate","action":"refund","reason":"","payments":[{"id":"PB","created_at":"2025-10-09T08:54:20.000Z",)"
          R"("amount":7000,"source_type":"CARD","status":"COMPLETED","refunded":0,"fee":115,)"
          R"("action":"refund","records_only":false,"reason":""}]}]})");
}

TEST_CASE("of several reasons the first is told, and none of what was refused long ago") {
  Member two = with_payment(copy("B", minute), [](Tender& each) { each.disputed = true; });
  two.payments.push_back(two.payments.front());
  two.payments.back().disputed = false;
  two.payments.back().payment.refunded = 1;
  two.payments.push_back(two.payments.front());
  two.payments.back().payment.status = "FAILED";
  CHECK(action_of(plan({copy("A"), two}), "B") == "none disputed");
}

TEST_CASE("a payment of the smallest amount that was given back leaves no duplicate behind") {
  Member least = with_payment(copy("B", minute), [](Tender& each) {
    each.payment.amount = 1;
    each.payment.refunded = 1;
  });
  CHECK_FALSE(planned({copy("A"), least}));
}

TEST_CASE("a plan says of each order and payment what becomes of it, and why, in whole words") {
  const auto partly = [](Member member) {
    return with_payment(std::move(member), [](Tender& each) { each.payment.refunded = 1; });
  };
  const std::vector<std::vector<Member>> groups = {
      {copy("A"), with_payment(copy("B", minute), [](Tender& each) { each.disputed = true; })},
      {copy("A"), with_payment(copy("B", minute), [](Tender& each) { each.pending = 7; })},
      {copy("A"), partly(copy("B", minute))},
      {partly(copy("A")), partly(copy("B", minute))},
      {copy("A"),
       with_payment(copy("B", minute), [](Tender& each) { each.payment.status = "APPROVED"; })},
      {copy("A"),
       with_payment(copy("B", minute), [](Tender& each) { each.payment.status = "FAILED"; })},
      {copy("A"),
       with_payment(copy("B", minute), [](Tender& each) { each.payment.source_type = "CASH"; })},
      {copy("A"), with_payment(copy("B", minute),
                               [](Tender& each) { each.payment.created_at_ms -= 364 * day; })},
      {copy("A"), unpaid("B", minute)},
      {unpaid("A"), unpaid("B", minute)},
      {known(unpaid("A")), copy("B", minute)},
      {nameless(known(copy("A"))), nameless(known(copy("B", minute)))},
      {fixed(copy("A"), "A", "survivor"), fixed(copy("B", minute), "C", "duplicate")},
      {fixed(copy("A"), "B", "duplicate"), fixed(copy("B", minute), "B", "survivor")},
      {keyed(copy("A")), keyed(known(copy("B", minute)))},
  };
  std::string all = "\n";
  for (const auto& group : groups) all += transcript::lines_of(json_of(plan(group)));
  CHECK(all == R"~(
{"group_id":"gdaee1cd25194ae952d04","confidence":"certain","because":"reference_id",
    "for":["reference_id","content","table","time","tender"],"against":[],"currency":"TRY",
    "survivor":"A","survivor_because":"earliest","orders":[{"id":"A",
    "created_at":"2025-10-09T08:53:20.000Z","reference_id":"A1","table":"T5","total":7000,
    "tip":0,"tax":{"10":636},"content":"f1","tenders":["P9"],"paid":true,"role":"survivor",
    "action":"keep","reason":"","payments":[{"id":"PA",
    "created_at":"2025-10-09T08:53:20.000Z","amount":7000,"source_type":"CARD",
    "status":"COMPLETED","refunded":0,"fee":115,"action":"none","records_only":false,
    "reason":""}]},{"id":"B","created_at":"2025-10-09T08:54:20.000Z","reference_id":"A1",
    "table":"T5","total":7000,"tip":0,"tax":{"10":636},"content":"f1","tenders":["P9"],
    "paid":true,"role":"duplicate","action":"none","reason":"disputed: Square refunds no
     disputed payment; answer the dispute as a duplicate","payments":[{"id":"PB",
    "created_at":"2025-10-09T08:54:20.000Z","amount":7000,"source_type":"CARD",
    "status":"COMPLETED","refunded":0,"fee":115,"action":"none","records_only":false,
    "reason":"disputed: Square refunds no disputed payment; answer the dispute as a
     duplicate"}]}]}
{"group_id":"gdaee1cd25194ae952d04","confidence":"certain","because":"reference_id",
    "for":["reference_id","content","table","time","tender"],"against":[],"currency":"TRY",
    "survivor":"A","survivor_because":"earliest","orders":[{"id":"A",
    "created_at":"2025-10-09T08:53:20.000Z","reference_id":"A1","table":"T5","total":7000,
    "tip":0,"tax":{"10":636},"content":"f1","tenders":["P9"],"paid":true,"role":"survivor",
    "action":"keep","reason":"","payments":[{"id":"PA",
    "created_at":"2025-10-09T08:53:20.000Z","amount":7000,"source_type":"CARD",
    "status":"COMPLETED","refunded":0,"fee":115,"action":"none","records_only":false,
    "reason":""}]},{"id":"B","created_at":"2025-10-09T08:54:20.000Z","reference_id":"A1",
    "table":"T5","total":7000,"tip":0,"tax":{"10":636},"content":"f1","tenders":["P9"],
    "paid":true,"role":"duplicate","action":"none","reason":"refund_pending: a refund of 7 is
     under way","payments":[{"id":"PB","created_at":"2025-10-09T08:54:20.000Z","amount":7000,
    "source_type":"CARD","status":"COMPLETED","refunded":0,"fee":115,"action":"none",
    "records_only":false,"reason":"refund_pending: a refund of 7 is under way"}]}]}
{"group_id":"gdaee1cd25194ae952d04","confidence":"certain","because":"reference_id",
    "for":["reference_id","content","table","time","tender"],"against":[],"currency":"TRY",
    "survivor":"A","survivor_because":"earliest","orders":[{"id":"A",
    "created_at":"2025-10-09T08:53:20.000Z","reference_id":"A1","table":"T5","total":7000,
    "tip":0,"tax":{"10":636},"content":"f1","tenders":["P9"],"paid":true,"role":"survivor",
    "action":"keep","reason":"","payments":[{"id":"PA",
    "created_at":"2025-10-09T08:53:20.000Z","amount":7000,"source_type":"CARD",
    "status":"COMPLETED","refunded":0,"fee":115,"action":"none","records_only":false,
    "reason":""}]},{"id":"B","created_at":"2025-10-09T08:54:20.000Z","reference_id":"A1",
    "table":"T5","total":7000,"tip":0,"tax":{"10":636},"content":"f1","tenders":["P9"],
    "paid":true,"role":"duplicate","action":"none","reason":"partly_refunded: 1 of 7000 were
     given back, and for what is not known","payments":[{"id":"PB",
    "created_at":"2025-10-09T08:54:20.000Z","amount":7000,"source_type":"CARD",
    "status":"COMPLETED","refunded":1,"fee":115,"action":"none","records_only":false,
    "reason":"partly_refunded: 1 of 7000 were given back, and for what is not known"}]}]}
{"group_id":"gdaee1cd25194ae952d04","confidence":"certain","because":"reference_id",
    "for":["reference_id","content","table","time","tender"],"against":[],"currency":"TRY",
    "survivor":"A","survivor_because":"earliest","orders":[{"id":"A",
    "created_at":"2025-10-09T08:53:20.000Z","reference_id":"A1","table":"T5","total":7000,
    "tip":0,"tax":{"10":636},"content":"f1","tenders":["P9"],"paid":true,"role":"survivor",
    "action":"keep","reason":"","payments":[{"id":"PA",
    "created_at":"2025-10-09T08:53:20.000Z","amount":7000,"source_type":"CARD",
    "status":"COMPLETED","refunded":1,"fee":115,"action":"none","records_only":false,
    "reason":""}]},{"id":"B","created_at":"2025-10-09T08:54:20.000Z","reference_id":"A1",
    "table":"T5","total":7000,"tip":0,"tax":{"10":636},"content":"f1","tenders":["P9"],
    "paid":true,"role":"duplicate","action":"none","reason":"partly_refunded: 1 of 7000 were
     given back, and for what is not known","payments":[{"id":"PB",
    "created_at":"2025-10-09T08:54:20.000Z","amount":7000,"source_type":"CARD",
    "status":"COMPLETED","refunded":1,"fee":115,"action":"none","records_only":false,
    "reason":"partly_refunded: 1 of 7000 were given back, and for what is not known"}]}]}
{"group_id":"gdaee1cd25194ae952d04","confidence":"certain","because":"reference_id",
    "for":["reference_id","content","table","time","tender"],"against":[],"currency":"TRY",
    "survivor":"A","survivor_because":"earliest","orders":[{"id":"A",
    "created_at":"2025-10-09T08:53:20.000Z","reference_id":"A1","table":"T5","total":7000,
    "tip":0,"tax":{"10":636},"content":"f1","tenders":["P9"],"paid":true,"role":"survivor",
    "action":"keep","reason":"","payments":[{"id":"PA",
    "created_at":"2025-10-09T08:53:20.000Z","amount":7000,"source_type":"CARD",
    "status":"COMPLETED","refunded":0,"fee":115,"action":"none","records_only":false,
    "reason":""}]},{"id":"B","created_at":"2025-10-09T08:54:20.000Z","reference_id":"A1",
    "table":"T5","total":7000,"tip":0,"tax":{"10":636},"content":"f1","tenders":["P9"],
    "paid":true,"role":"duplicate","action":"none","reason":"not_completed: the payment is
     APPROVED","payments":[{"id":"PB","created_at":"2025-10-09T08:54:20.000Z","amount":7000,
    "source_type":"CARD","status":"APPROVED","refunded":0,"fee":115,"action":"none",
    "records_only":false,"reason":"not_completed: the payment is APPROVED"}]}]}
{"group_id":"gdaee1cd25194ae952d04","confidence":"certain","because":"reference_id",
    "for":["reference_id","content","table","time","tender"],"against":[],"currency":"TRY",
    "survivor":"A","survivor_because":"earliest","orders":[{"id":"A",
    "created_at":"2025-10-09T08:53:20.000Z","reference_id":"A1","table":"T5","total":7000,
    "tip":0,"tax":{"10":636},"content":"f1","tenders":["P9"],"paid":true,"role":"survivor",
    "action":"keep","reason":"","payments":[{"id":"PA",
    "created_at":"2025-10-09T08:53:20.000Z","amount":7000,"source_type":"CARD",
    "status":"COMPLETED","refunded":0,"fee":115,"action":"none","records_only":false,
    "reason":""}]},{"id":"B","created_at":"2025-10-09T08:54:20.000Z","reference_id":"A1",
    "table":"T5","total":7000,"tip":0,"tax":{"10":636},"content":"f1","tenders":["P9"],
    "paid":true,"role":"duplicate","action":"none","reason":"no_payment: it is paid, and no
     payment of it was found","payments":[{"id":"PB","created_at":"2025-10-09T08:54:20.000Z",
    "amount":7000,"source_type":"CARD","status":"FAILED","refunded":0,"fee":115,
    "action":"none","records_only":false,"reason":"not_completed: the payment is FAILED"}]}]}
{"group_id":"gdaee1cd25194ae952d04","confidence":"possible","because":"reference_id",
    "for":["reference_id","content","table","time"],"against":["tender"],"currency":"TRY",
    "survivor":"A","survivor_because":"earliest","orders":[{"id":"A",
    "created_at":"2025-10-09T08:53:20.000Z","reference_id":"A1","table":"T5","total":7000,
    "tip":0,"tax":{"10":636},"content":"f1","tenders":["P9"],"paid":true,"role":"survivor",
    "action":"keep","reason":"","payments":[{"id":"PA",
    "created_at":"2025-10-09T08:53:20.000Z","amount":7000,"source_type":"CARD",
    "status":"COMPLETED","refunded":0,"fee":115,"action":"none","records_only":false,
    "reason":""}]},{"id":"B","created_at":"2025-10-09T08:54:20.000Z","reference_id":"A1",
    "table":"T5","total":7000,"tip":0,"tax":{"10":636},"content":"f1","tenders":["P9"],
    "paid":true,"role":"duplicate","action":"refund","reason":"records_only: only
     bookkeeping: no money moves","payments":[{"id":"PB",
    "created_at":"2025-10-09T08:54:20.000Z","amount":7000,"source_type":"CASH",
    "status":"COMPLETED","refunded":0,"fee":115,"action":"refund","records_only":true,
    "reason":"records_only: only bookkeeping: no money moves"}]}]}
{"group_id":"gdaee1cd25194ae952d04","confidence":"certain","because":"reference_id",
    "for":["reference_id","content","table","time","tender"],"against":[],"currency":"TRY",
    "survivor":"A","survivor_because":"earliest","orders":[{"id":"A",
    "created_at":"2025-10-09T08:53:20.000Z","reference_id":"A1","table":"T5","total":7000,
    "tip":0,"tax":{"10":636},"content":"f1","tenders":["P9"],"paid":true,"role":"survivor",
    "action":"keep","reason":"","payments":[{"id":"PA",
    "created_at":"2025-10-09T08:53:20.000Z","amount":7000,"source_type":"CARD",
    "status":"COMPLETED","refunded":0,"fee":115,"action":"none","records_only":false,
    "reason":""}]},{"id":"B","created_at":"2025-10-09T08:54:20.000Z","reference_id":"A1",
    "table":"T5","total":7000,"tip":0,"tax":{"10":636},"content":"f1","tenders":["P9"],
    "paid":true,"role":"duplicate","action":"none","reason":"too_old: Square refunds no
     payment of more than a year ago","payments":[{"id":"PB",
    "created_at":"2024-10-10T08:54:20.000Z","amount":7000,"source_type":"CARD",
    "status":"COMPLETED","refunded":0,"fee":115,"action":"none","records_only":false,
    "reason":"too_old: Square refunds no payment of more than a year ago"}]}]}
{"group_id":"gdaee1cd25194ae952d04","confidence":"certain","because":"reference_id",
    "for":["reference_id","content","table","time","tender"],"against":[],"currency":"TRY",
    "survivor":"A","survivor_because":"earliest","orders":[{"id":"A",
    "created_at":"2025-10-09T08:53:20.000Z","reference_id":"A1","table":"T5","total":7000,
    "tip":0,"tax":{"10":636},"content":"f1","tenders":["P9"],"paid":true,"role":"survivor",
    "action":"keep","reason":"","payments":[{"id":"PA",
    "created_at":"2025-10-09T08:53:20.000Z","amount":7000,"source_type":"CARD",
    "status":"COMPLETED","refunded":0,"fee":115,"action":"none","records_only":false,
    "reason":""}]},{"id":"B","created_at":"2025-10-09T08:54:20.000Z","reference_id":"A1",
    "table":"T5","total":7000,"tip":0,"tax":{"10":636},"content":"f1","tenders":["P9"],
    "paid":false,"role":"duplicate","action":"cancel","reason":"","payments":[]}]}
{"group_id":"gdaee1cd25194ae952d04","confidence":"certain","because":"reference_id",
    "for":["reference_id","content","table","time","tender"],"against":[],"currency":"TRY",
    "survivor":"A","survivor_because":"earliest","orders":[{"id":"A",
    "created_at":"2025-10-09T08:53:20.000Z","reference_id":"A1","table":"T5","total":7000,
    "tip":0,"tax":{"10":636},"content":"f1","tenders":["P9"],"paid":false,"role":"survivor",
    "action":"keep","reason":"","payments":[]},{"id":"B",
    "created_at":"2025-10-09T08:54:20.000Z","reference_id":"A1","table":"T5","total":7000,
    "tip":0,"tax":{"10":636},"content":"f1","tenders":["P9"],"paid":false,"role":"duplicate",
    "action":"cancel","reason":"","payments":[]}]}
{"group_id":"gdaee1cd25194ae952d04","confidence":"certain","because":"reference_id",
    "for":["reference_id","content","table","time","tender"],"against":[],"currency":"TRY",
    "survivor":"A","survivor_because":"queue","orders":[{"id":"A",
    "created_at":"2025-10-09T08:53:20.000Z","reference_id":"A1","table":"T5","total":7000,
    "tip":0,"tax":{"10":636},"content":"f1","tenders":["P9"],"paid":false,"role":"survivor",
    "action":"none","reason":"unclear: our queue knows A, which is unpaid, and not B, which
     is paid","payments":[]},{"id":"B","created_at":"2025-10-09T08:54:20.000Z",
    "reference_id":"A1","table":"T5","total":7000,"tip":0,"tax":{"10":636},"content":"f1",
    "tenders":["P9"],"paid":true,"role":"duplicate","action":"none","reason":"unclear: our
     queue knows A, which is unpaid, and not B, which is paid","payments":[{"id":"PB",
    "created_at":"2025-10-09T08:54:20.000Z","amount":7000,"source_type":"CARD",
    "status":"COMPLETED","refunded":0,"fee":115,"action":"none","records_only":false,
    "reason":"unclear: our queue knows A, which is unpaid, and not B, which is paid"}]}]}
{"group_id":"gdaee1cd25194ae952d04","confidence":"possible","because":"look",
    "for":["content","table","time","tender"],"against":["queue"],"currency":"TRY",
    "survivor":"A","survivor_because":"queue","orders":[{"id":"A",
    "created_at":"2025-10-09T08:53:20.000Z","reference_id":"","table":"T5","total":7000,
    "tip":0,"tax":{"10":636},"content":"f1","tenders":["P9"],"paid":true,"role":"survivor",
    "action":"none","reason":"unclear: our queue knows several of them as orders of their
     own","payments":[{"id":"PA","created_at":"2025-10-09T08:53:20.000Z","amount":7000,
    "source_type":"CARD","status":"COMPLETED","refunded":0,"fee":115,"action":"none",
    "records_only":false,"reason":"unclear: our queue knows several of them as orders of
     their own"}]},{"id":"B","created_at":"2025-10-09T08:54:20.000Z","reference_id":"",
    "table":"T5","total":7000,"tip":0,"tax":{"10":636},"content":"f1","tenders":["P9"],
    "paid":true,"role":"duplicate","action":"none","reason":"unclear: our queue knows several
     of them as orders of their own","payments":[{"id":"PB",
    "created_at":"2025-10-09T08:54:20.000Z","amount":7000,"source_type":"CARD",
    "status":"COMPLETED","refunded":0,"fee":115,"action":"none","records_only":false,
    "reason":"unclear: our queue knows several of them as orders of their own"}]}]}
{"group_id":"gdaee1cd25194ae952d04","confidence":"certain","because":"reference_id",
    "for":["reference_id","content","table","time","tender"],"against":[],"currency":"TRY",
    "survivor":"A","survivor_because":"fixed","orders":[{"id":"A",
    "created_at":"2025-10-09T08:53:20.000Z","reference_id":"A1","table":"T5","total":7000,
    "tip":0,"tax":{"10":636},"content":"f1","tenders":["P9"],"paid":true,"role":"survivor",
    "action":"none","reason":"fixed_elsewhere: order B belongs to the group of C for ever",
    "payments":[{"id":"PA","created_at":"2025-10-09T08:53:20.000Z","amount":7000,
    "source_type":"CARD","status":"COMPLETED","refunded":0,"fee":115,"action":"none",
    "records_only":false,"reason":"fixed_elsewhere: order B belongs to the group of C for
     ever"}]},{"id":"B","created_at":"2025-10-09T08:54:20.000Z","reference_id":"A1",
    "table":"T5","total":7000,"tip":0,"tax":{"10":636},"content":"f1","tenders":["P9"],
    "paid":true,"role":"duplicate","action":"none","reason":"fixed_elsewhere: order B belongs
     to the group of C for ever","payments":[{"id":"PB",
    "created_at":"2025-10-09T08:54:20.000Z","amount":7000,"source_type":"CARD",
    "status":"COMPLETED","refunded":0,"fee":115,"action":"none","records_only":false,
    "reason":"fixed_elsewhere: order B belongs to the group of C for ever"}]}]}
{"group_id":"gdaee1cd25194ae952d04","confidence":"certain","because":"reference_id",
    "for":["reference_id","content","table","time","tender"],"against":[],"currency":"TRY",
    "survivor":"B","survivor_because":"fixed","orders":[{"id":"A",
    "created_at":"2025-10-09T08:53:20.000Z","reference_id":"A1","table":"T5","total":7000,
    "tip":0,"tax":{"10":636},"content":"f1","tenders":["P9"],"paid":true,"role":"duplicate",
    "action":"refund","reason":"","payments":[{"id":"PA",
    "created_at":"2025-10-09T08:53:20.000Z","amount":7000,"source_type":"CARD",
    "status":"COMPLETED","refunded":0,"fee":115,"action":"refund","records_only":false,
    "reason":""}]},{"id":"B","created_at":"2025-10-09T08:54:20.000Z","reference_id":"A1",
    "table":"T5","total":7000,"tip":0,"tax":{"10":636},"content":"f1","tenders":["P9"],
    "paid":true,"role":"survivor","action":"keep","reason":"","payments":[{"id":"PB",
    "created_at":"2025-10-09T08:54:20.000Z","amount":7000,"source_type":"CARD",
    "status":"COMPLETED","refunded":0,"fee":115,"action":"none","records_only":false,
    "reason":""}]}]}
{"group_id":"gdaee1cd25194ae952d04","confidence":"certain","because":"metadata",
    "for":["metadata","reference_id","content","table","time","tender"],"against":[],
    "currency":"TRY","survivor":"B","survivor_because":"queue","orders":[{"id":"A",
    "created_at":"2025-10-09T08:53:20.000Z","reference_id":"A1","table":"T5","total":7000,
    "tip":0,"tax":{"10":636},"content":"f1","tenders":["P9"],"paid":true,"role":"duplicate",
    "action":"refund","reason":"","payments":[{"id":"PA",
    "created_at":"2025-10-09T08:53:20.000Z","amount":7000,"source_type":"CARD",
    "status":"COMPLETED","refunded":0,"fee":115,"action":"refund","records_only":false,
    "reason":""}]},{"id":"B","created_at":"2025-10-09T08:54:20.000Z","reference_id":"A1",
    "table":"T5","total":7000,"tip":0,"tax":{"10":636},"content":"f1","tenders":["P9"],
    "paid":true,"role":"survivor","action":"keep","reason":"","payments":[{"id":"PB",
    "created_at":"2025-10-09T08:54:20.000Z","amount":7000,"source_type":"CARD",
    "status":"COMPLETED","refunded":0,"fee":115,"action":"none","records_only":false,
    "reason":""}]}]}
)~");
}

TEST_CASE("a fingerprint changes with each thing that a plan says, and with the order of plans") {
  const std::string one = json_of(plan({copy("A"), copy("B", minute)}));
  const std::string other = json_of(plan({copy("A"), known(copy("B", minute))}));
  const auto both = [](const std::string& a, const std::string& b) {
    return pos::audit::chained_fingerprint(pos::audit::chained_fingerprint("", a), b);
  };
  CHECK(both(one, other).size() == 64);
  CHECK(both(one, other) == both(one, other));
  CHECK(both(one, other) != both(other, one));
  CHECK(both(one, one) != both(one, other));
}

// ---------------------------------------------------------------- the money of it

TEST_CASE("the day of a time is the restaurant's own") {
  const std::vector<Day> days = {{"2026-11-20", 1000 * hour}, {"2026-11-21", 1024 * hour}};
  CHECK(day_of(days, 1024 * hour - 1) == "2026-11-20");
  CHECK(day_of(days, 1024 * hour) == "2026-11-21");
  CHECK(day_of(days, 1000 * hour - 1) == pos::to_rfc3339(1000 * hour - 1).substr(0, 10));
  CHECK(day_of(days, 1100 * hour) == pos::to_rfc3339(1100 * hour).substr(0, 10));
  pos::json::Document told;
  REQUIRE(told.parse(R"([["2026-11-20",3600000000],["2026-11-21",3686400000]])"));
  CHECK(pos::audit::read_days(told.root()) == days);
}

TEST_CASE("figures are what certain and probable groups come to") {
  PlanTotals figures;
  CHECK(figures.json() ==
        R"({"currency":"","groups":{"certain":0,"probable":0,"possible":0},"duplicates":0,)"
        R"("gross_overcounted":0,"vat_overreported":[],"refundable":{"count":0,"amount":0},)"
        R"("records_only":{"count":0,"amount":0},"cancelable":{"count":0,"amount":0},)"
        R"("dispute_fast_track":{"count":0,"amount":0},"for_a_human":{"count":0,"amount":0},)"
        R"("fees_paid_on_duplicates":0,"fees_come_back":0})");
  const std::vector<Day> days = {{"2025-10-09", noon - hour}, {"2025-10-10", noon + 23 * hour}};
  Member cash = copy("C", 2 * minute);
  cash.payments.front().payment.source_type = "CASH";
  cash.payments.front().payment.fee = 0;
  figures.add(plan({keyed(copy("A")), keyed(copy("B", minute)), keyed(cash),
                    keyed(unpaid("D", 3 * minute))}),
              days);
  Member tomorrow = nameless(copy("F", 23 * hour));
  tomorrow.sale.tax = R"({"10":600,"20":36})";
  tomorrow.payments.front().disputed = true;
  figures.add(plan({nameless(copy("E", 23 * hour - minute)), tomorrow}, Confidence::probable),
              days);
  const Member partly =
      with_payment(copy("H", minute), [](Tender& each) { each.payment.refunded = 3500; });
  figures.add(plan({copy("G"), partly}), days);
  const std::string money =
      R"("duplicates":5,"gross_overcounted":24500,"vat_overreported":[)"
      R"({"date":"2025-10-09","rate":"10","amount":1590},{"date":"2025-10-10","rate":"10",)"
      R"("amount":600},)"
      R"({"date":"2025-10-10","rate":"20","amount":36}],"refundable":{"count":1,"amount":7000},)"
      R"("records_only":{"count":1,"amount":7000},"cancelable":{"count":1,"amount":7000},)"
      R"("dispute_fast_track":{"count":1,"amount":7000},"for_a_human":{"count":1,"amount":3500},)"
      R"("fees_paid_on_duplicates":345,"fees_come_back":0})";
  CHECK(figures.json() ==
        R"({"currency":"TRY","groups":{"certain":2,"probable":1,"possible":0},)" + money);
  // What is only possible is listed, and adds no money.
  figures.add(plan({copy("I"), copy("J", minute)}, Confidence::possible), days);
  CHECK(figures.json() ==
        R"({"currency":"TRY","groups":{"certain":2,"probable":1,"possible":1},)" + money);
}

TEST_CASE("where the order that stays is unpaid, the first paid one is the sale") {
  PlanTotals figures;
  figures.add(plan({known(unpaid("A")), copy("B", minute)}), {});
  CHECK(figures.json().find(R"("gross_overcounted":0,"vat_overreported":[])") != std::string::npos);
  CHECK(figures.json().find(R"("for_a_human":{"count":1,"amount":7000})") != std::string::npos);
}

TEST_CASE("figures are read as they were written, and added up") {
  const std::vector<Day> days = {{"2025-10-09", noon - hour}};
  Member cash = copy("C", 2 * minute);
  cash.payments.front().payment.source_type = "CASH";
  PlanTotals figures;
  figures.add(plan({keyed(copy("A")), keyed(copy("B", minute)), keyed(cash),
                    keyed(unpaid("D", 3 * minute))}),
              days);
  figures.add(plan({copy("E"), copy("F", minute)}, Confidence::possible), days);
  Member disputed = with_payment(copy("H", minute), [](Tender& each) { each.disputed = true; });
  figures.add(plan({copy("G"), disputed}, Confidence::probable), days);
  Member partly =
      with_payment(copy("J", minute), [](Tender& each) { each.payment.refunded = 3500; });
  figures.add(plan({copy("I"), partly}), days);
  pos::json::Document document;
  REQUIRE(document.parse(figures.json()));
  CHECK(PlanTotals::read(document.root()) == figures);
  PlanTotals sum;
  sum.add(figures);
  CHECK(sum == figures);
  sum.add(figures);
  CHECK(sum.json().find(R"("groups":{"certain":4,"probable":2,"possible":2},"duplicates":10)") !=
        std::string::npos);
  CHECK(sum.json().find(R"("dispute_fast_track":{"count":2,"amount":14000})") != std::string::npos);
  // A place in which nothing was found takes nothing from the others, its currency least of all.
  const PlanTotals before = sum;
  sum.add(PlanTotals{});
  CHECK(sum == before);
  CHECK(sum.json().find(R"("currency":"TRY")") != std::string::npos);
}

TEST_CASE("an order is paid if its payments say so, whether or not it shows them itself") {
  Member survivor = copy("O1");
  Member duplicate = copy("O2", minute);
  survivor.sale.paid = duplicate.sale.paid = false;
  const auto plan = make_plan(Confidence::certain, {survivor, duplicate}, PlanningContext{});
  REQUIRE(plan);
  CHECK(plan->survivor_because == "earliest");
  CHECK(plan->orders.back().action == "refund");
}

TEST_CASE("the gross that was overcounted leaves tips out, as the books do") {
  Member survivor = copy("O1");
  Member duplicate = copy("O2", minute);
  for (Member* each : {&survivor, &duplicate}) each->sale.tip = 260;
  const auto plan = make_plan(Confidence::certain, {survivor, duplicate}, PlanningContext{});
  REQUIRE(plan);
  PlanTotals figures;
  figures.add(*plan, {});
  pos::json::Document document;
  REQUIRE(document.parse(figures.json()));
  CHECK(document.root()["gross_overcounted"].integer() == 6740);
  CHECK(document.root()["refundable"]["amount"].integer() == 7000);
}

}  // namespace plan_test
