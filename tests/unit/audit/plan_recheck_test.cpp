// What an approval asks Square for, and what of the answer makes its plan stale: each thing by
// itself.
#include "audit/approve/recheck.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "audit/scan/rows.hpp"
#include "base/json/writer.hpp"
#include "base/timestamp.hpp"
#include "harness/duration.hpp"

namespace audit_look_test {

using pos::audit::ApprovalPreconditions;
using pos::audit::AuditPlace;
using pos::audit::Member;
using pos::audit::PlanRecheck;
using pos::audit::Tender;
using pos::square::OrderSnapshot;
using pos::square::RefundSnapshot;
using Kind = PlanRecheck::Kind;
using State = PlanRecheck::State;

namespace {
using duration::day;
using duration::hour;
using duration::minute;

constexpr std::int64_t september = 1'788'220'800'000;  // 2026-09-01T00:00:00Z
constexpr std::int64_t october = september + 30 * day;
constexpr std::int64_t window = 5 * minute;

AuditPlace place() {
  AuditPlace out;
  out.location_id = "L/1";
  out.account = "r1";
  out.sealed = "v1.sealed";
  return out;
}

pos::Settings settings() {
  pos::Settings out;
  out.base_url = "https://square.test";
  out.square_version = "2026-01-22";
  return out;
}

pos::net::Reply replied(const std::string& body, int status = 200) {
  pos::net::Reply reply;
  reply.transport = pos::net::Transport::replied;
  reply.status = status;
  reply.body = body;
  return reply;
}

std::string order(const std::string& id, std::int64_t created, const std::string& more = "",
                  const std::string& name = "Adana", std::int64_t updated = september + day) {
  return R"({"id":")" + id + R"(","location_id":"L/1","state":"COMPLETED","created_at":")" +
         pos::to_rfc3339(created) + R"(","updated_at":")" + pos::to_rfc3339(updated) +
         R"(","line_items":[{"name":")" + name +
         R"(","quantity":"1","base_price_money":{"amount":500}}],)" + more +
         R"("total_money":{"amount":500,"currency":"TRY"}})";
}

OrderSnapshot sale_of(const std::string& json) {
  pos::json::Document document;
  CAPTURE(json);
  REQUIRE(document.parse(json));
  const auto sale = pos::square::read_sale(document.root());
  REQUIRE(sale);
  return *sale;
}

/// A row of audit.plans_members.
std::string row_of(const Member& member, const std::string& group) {
  const OrderSnapshot& sale = member.sale;
  pos::json::Writer payments;
  payments.begin_array();
  for (const Tender& each : member.payments) {
    const auto& payment = each.payment;
    payments.begin_array().string(payment.id).integer(payment.created_at_ms);
    payments.string(payment.status).string(payment.source_type).integer(payment.amount);
    payments.string(payment.currency).integer(payment.refunded).integer(payment.fee);
    payments.integer(each.pending).integer(each.disputed).integer(payment.instrument_hash);
    payments.string(payment.card_brand).string(payment.card_last_4);
    payments.integer(payment.customer_hash).end_array();
  }
  payments.end_array();
  pos::json::Writer out;
  out.begin_array().string(group).string(sale.id).string(sale.location_id);
  out.integer(sale.created_at_ms).string(sale.kind).string(sale.state).integer(sale.paid);
  out.string(sale.reference_id).string(sale.pos_sync).string(sale.order_key);
  out.string(sale.table_id).integer(sale.total).integer(sale.tip).string(sale.currency);
  out.string(sale.tax).string(sale.content).string(sale.missing).string(sale.fingerprint);
  out.integer(sale.reference_hash).integer(sale.metadata_hash).integer(sale.content_hash);
  out.integer(sale.table_hash).integer(sale.customer_hash).integer(sale.source_hash);
  out.string(sale.tenders).integer(member.table_others).string(payments.take());
  out.integer(member.known).string(member.fixed_group).string(member.fixed_role);
  out.integer(7).integer(october).end_array();
  return out.take();
}

struct Group {
  std::vector<Member> members;

  [[nodiscard]] std::string plan(std::int64_t now_ms = october) const {
    const auto made =
        pos::audit::make_plan(pos::audit::Confidence::certain, members, {window, now_ms});
    REQUIRE(made);
    return pos::audit::json_of(*made);
  }

  /// What an approval says of it where this is its plan.
  [[nodiscard]] std::string stale(ApprovalPreconditions& basis, const std::string& plan) const {
    pos::json::Writer plans;
    plans.begin_array().begin_array().string("g1").string("").string(plan).end_array().end_array();
    std::string rows = "[";
    for (const Member& each : members) rows += (rows.size() > 1 ? "," : "") + row_of(each, "g1");
    pos::json::Document one;
    pos::json::Document other;
    REQUIRE(one.parse(plans.take()));
    REQUIRE(other.parse(rows + "]"));
    return basis.take_plans(one.root(), other.root());
  }
};

Member member(const std::string& id, std::int64_t created, const std::string& payment) {
  Member out;
  out.sale = sale_of(order(id, created, R"("reference_id":"ref-1","ticket_name":"7",)"));
  Tender tender;
  tender.payment.id = payment;
  tender.payment.order_id = id;
  tender.payment.location_id = "L/1";
  tender.payment.created_at_ms = created;
  tender.payment.status = "COMPLETED";
  tender.payment.source_type = "CARD";
  tender.payment.amount = 500;
  tender.payment.currency = "TRY";
  out.payments.push_back(tender);
  return out;
}

/// o1 and o2 at L/1 on the second of September, a minute apart.
Group group() {
  return {{member("o1", september + day, "p1"), member("o2", september + day + minute, "p2")}};
}

ApprovalPreconditions basis_of(const Group& group) {
  ApprovalPreconditions basis(window);
  REQUIRE(group.stale(basis, group.plan()).empty());
  return basis;
}

PlanRecheck::Found look(PlanRecheck& look, const ApprovalPreconditions& basis,
                        const std::string& body) {
  return look.take(replied(body), basis, september, october);
}

/// Whether an order that has changed is compared with what is stored.
bool is_asked(const ApprovalPreconditions& basis, const std::string& order_json) {
  PlanRecheck one(Kind::orders, place(), september);
  const auto found = look(one, basis, R"({"orders":[)" + order_json + "]}");
  CAPTURE(found.refused);
  REQUIRE(found.refused.empty());
  REQUIRE(found.stale.empty());
  return !found.rows.empty();
}

std::string refund(const std::string& of, const std::string& status,
                   std::int64_t at = september + day) {
  return R"({"id":"R1","payment_id":")" + of + R"(","status":")" + status + R"(","created_at":")" +
         pos::to_rfc3339(at) + R"(","amount_money":{"amount":5,"currency":"TRY"}})";
}

}  // namespace

// ---- whether the plan would be the same now ----

TEST_CASE("each thing by which D1 knows a group otherwise now makes its plan stale") {
  using Change = void (*)(Group&);
  const std::vector<Change> changes = {
      [](Group& g) { g.members.pop_back(); },
      [](Group& g) { g.members.push_back(member("o3", september + day + 2 * minute, "p3")); },
      [](Group& g) { g.members[1].known = true; },
      [](Group& g) { g.members[1].fixed_group = "g9"; },
      [](Group& g) {
        g.members[1].fixed_group = "g9";
        g.members[1].fixed_role = "survivor";
      },
      [](Group& g) { g.members[1].sale.kind = "canceled"; },
      [](Group& g) { g.members[1].sale.total = 400; },
      [](Group& g) { g.members[1].sale.tip = 4; },
      [](Group& g) { g.members[1].sale.tax = R"({"10":5})"; },
      [](Group& g) { g.members[1].sale.currency = "EUR"; },
      [](Group& g) { g.members[1].sale.content = "other"; },
      [](Group& g) { g.members[1].sale.missing = "line_items"; },
      [](Group& g) { g.members[1].sale.fingerprint = "other"; },
      [](Group& g) { g.members[1].sale.reference_id = "ref-2"; },
      [](Group& g) { g.members[1].sale.table_id = "9"; },
      [](Group& g) { g.members[1].sale.created_at_ms += 1; },
      [](Group& g) { g.members[1].sale.tenders = R"([["CARD",0,"","",0,"p2"]])"; },
      [](Group& g) {
        g.members[1].sale.customer_hash = 5;
        g.members[0].sale.customer_hash = 6;
      },
      [](Group& g) {
        g.members[1].sale.source_hash = 5;
        g.members[0].sale.source_hash = 6;
      },
      [](Group& g) { g.members[1].payments.clear(); },
      [](Group& g) { g.members[1].payments[0].payment.id = "p9"; },
      [](Group& g) { g.members[1].payments[0].payment.status = "APPROVED"; },
      [](Group& g) { g.members[1].payments[0].payment.source_type = "CASH"; },
      [](Group& g) { g.members[1].payments[0].payment.amount = 501; },
      [](Group& g) { g.members[1].payments[0].payment.refunded = 1; },
      [](Group& g) { g.members[1].payments[0].payment.fee = 1; },
      [](Group& g) { g.members[1].payments[0].payment.created_at_ms += 1; },
      [](Group& g) { g.members[1].payments[0].pending = 1; },
      [](Group& g) { g.members[1].payments[0].disputed = true; },
      [](Group& g) { g.members[0].payments[0].payment.refunded = 1; },
      [](Group& g) { g.members[0].payments[0].pending = 1; },
      [](Group& g) { g.members[0].payments[0].disputed = true; },
      [](Group& g) {
        g.members[0].payments[0].payment.instrument_hash = 8;
        g.members[1].payments[0].payment.instrument_hash = 9;
      },
      [](Group& g) {
        g.members[0].payments[0].payment.card_brand = "VISA";
        g.members[1].payments[0].payment.card_brand = "AMEX";
      },
      [](Group& g) {
        g.members[0].payments[0].payment.card_last_4 = "1111";
        g.members[1].payments[0].payment.card_last_4 = "2222";
      },
      [](Group& g) {
        g.members[0].payments[0].payment.customer_hash = 8;
        g.members[1].payments[0].payment.customer_hash = 9;
      },
  };
  const std::string plan = group().plan();
  ApprovalPreconditions same(window);
  CHECK(group().stale(same, plan).empty());
  for (std::size_t i = 0; i < changes.size(); ++i) {
    CAPTURE(i);
    Group changed = group();
    changes[i](changed);
    ApprovalPreconditions basis(window);
    CHECK(changed.stale(basis, plan) == "group g1 would be planned in another way now");
  }
  ApprovalPreconditions unreadable(window);
  CHECK(group().stale(unreadable, "{") == "group g1 cannot be read");
}

TEST_CASE("a plan is made anew as sure as it was, and by the time of D1") {
  Group sure = group();
  for (const auto confidence : {pos::audit::Confidence::certain, pos::audit::Confidence::probable,
                                pos::audit::Confidence::possible}) {
    const auto made = pos::audit::make_plan(confidence, sure.members, {window, october});
    REQUIRE(made);
    ApprovalPreconditions basis(window);
    CHECK(sure.stale(basis, pos::audit::json_of(*made)).empty());
  }
  // A year later nothing of it can be refunded: the plan is another one.
  ApprovalPreconditions basis(window);
  CHECK_FALSE(sure.stale(basis, sure.plan(october + 365 * day)).empty());
}

// ---- what of Square concerns it ----

TEST_CASE("an order that changed is compared if it is one of a group's, wherever it sells now") {
  const ApprovalPreconditions basis = basis_of(group());
  CHECK(is_asked(basis, order("o1", september + 9 * day, "", "Urfa")));
  CHECK(is_asked(basis, order("o2", september + 9 * day, R"("source_order_id":"o9",)", "Urfa")));
  CHECK_FALSE(is_asked(basis, order("o9", september + 9 * day, "", "Urfa")));
}

TEST_CASE(
    "a new order is compared if it may be one more copy: by reference, by key or by its look") {
  const ApprovalPreconditions basis = basis_of(group());
  const std::int64_t first = september + day;
  const std::int64_t last = first + minute;
  CHECK(is_asked(basis, order("o9", september + 9 * day, R"("reference_id":"ref-1",)", "Urfa")));
  CHECK_FALSE(is_asked(basis, order("o9", september + 9 * day, R"("reference_id":"ref-2",)")));
  // No reference is not the same reference, nor is no key.
  CHECK_FALSE(is_asked(basis, order("o9", september + 9 * day)));
  for (const std::int64_t at : {first - window, first, last, last + window}) {
    CHECK(is_asked(basis, order("o9", at)));
    CHECK_FALSE(is_asked(basis, order("o9", at, "", "Urfa")));
  }
  CHECK_FALSE(is_asked(basis, order("o9", first - window - 1)));
  CHECK_FALSE(is_asked(basis, order("o9", last + window + 1)));
  // What is no sale is no copy.
  CHECK_FALSE(is_asked(basis, order("o9", first, R"("source_order_id":"o1",)")));
  // Nor is what sells at another place.
  AuditPlace other = place();
  other.location_id = "L2";
  PlanRecheck elsewhere(Kind::orders, other, september);
  CHECK(look(elsewhere, basis, R"({"orders":[)" + order("o9", first) + "]}").rows.empty());

  Group named = group();
  for (Member& each : named.members) {
    const std::string id = each.sale.id;
    each.sale = sale_of(order(id, each.sale.created_at_ms, R"("metadata":{"order_id":"A1"},)"));
  }
  const ApprovalPreconditions by_key = basis_of(named);
  CHECK(is_asked(by_key, order("o9", september + 9 * day, R"("metadata":{"order_id":"A1"},)")));
  CHECK_FALSE(
      is_asked(by_key, order("o9", september + 9 * day, R"("metadata":{"order_id":"A2"},)")));
  CHECK_FALSE(is_asked(by_key, order("o9", september + 9 * day)));
}

TEST_CASE("only what the audit is about is compared, and what does not say when it was") {
  const ApprovalPreconditions basis = basis_of(group());
  CHECK(is_asked(basis, order("o1", september)));
  CHECK(is_asked(basis, order("o1", october - 1)));
  CHECK_FALSE(is_asked(basis, order("o1", september - 1)));
  CHECK_FALSE(is_asked(basis, order("o1", october)));
  std::string timeless = order("o1", september);
  const std::size_t at = timeless.find("created_at");
  CHECK(is_asked(basis, timeless.replace(at, 7, "changed")));
}

TEST_CASE("all orders of a page that concern the plan are compared, and no others") {
  const ApprovalPreconditions basis = basis_of(group());
  PlanRecheck one(Kind::orders, place(), september);
  const auto found = look(one, basis,
                          R"({"orders":[)" + order("o9", september, "", "Urfa") + "," +
                              order("o1", september) + "," + order("o2", september) + "]}");
  pos::json::Document rows;
  REQUIRE(rows.parse(found.rows));
  REQUIRE(rows.root().size() == 2);
  CHECK(rows.root().at(0)["id"].text() == "o1");
  CHECK(rows.root().at(1)["id"].text() == "o2");
}

TEST_CASE("a refund of a payment of the plan makes it stale, paid back or on its way") {
  Group one = group();
  one.members.push_back(member("o3", september + day + 2 * minute, "p3"));
  one.members.push_back(member("o4", september + day + 3 * minute, "p4"));
  one.members[2].payments[0].payment.refunded = 1;
  one.members[3].payments[0].pending = 1;
  const ApprovalPreconditions basis = basis_of(one);
  const auto stale = [&](const std::string& json) {
    PlanRecheck look(Kind::refunds, place(), september);
    const auto found =
        look.take(replied(R"({"refunds":[)" + json + "]}"), basis, september, october);
    CHECK(found.refused.empty());
    CHECK(found.rows.empty());
    return found.stale;
  };
  for (const char* status : {"COMPLETED", "PENDING", "", "NEW_WORD"}) {
    CAPTURE(status);
    CHECK(stale(refund("p1", status)) == "payment p1 was refunded since");
    CHECK(stale(refund("p2", status)) == "payment p2 was refunded since");
    CHECK(stale(refund("p9", status)).empty());
    // What the plan knows of is no news.
    CHECK(stale(refund("p3", status)).empty());
    CHECK(stale(refund("p4", status)).empty());
    CHECK_FALSE(stale(refund("p9", status) + "," + refund("p1", status)).empty());
  }
  for (const char* status : {"REJECTED", "FAILED", "CANCELED"}) {
    CHECK(stale(refund("p1", status)).empty());
  }
}

// ---- asking ----

TEST_CASE("the looks of an approval ask for all that changed since, in the order of time") {
  PlanRecheck orders(Kind::orders, place(), september);
  const auto asked = orders.request(settings());
  CHECK(asked.url == "https://square.test/v2/orders/search");
  CHECK(asked.method == pos::io::Method::post);
  CHECK(asked.square_version == "2026-01-22");
  CHECK(asked.credential.sealed == "v1.sealed");
  CHECK(asked.body ==
        R"({"location_ids":["L/1"],"query":{"filter":{"date_time_filter":{"updated_at":)"
        R"({"start_at":"2026-09-01T00:00:00.000Z"}}},"sort":{"sort_field":"UPDATED_AT",)"
        R"("sort_order":"ASC"}},"limit":500})");
  PlanRecheck refunds(Kind::refunds, place(), september);
  CHECK(refunds.request(settings()).method == pos::io::Method::get);
  CHECK(refunds.request(settings()).url ==
        "https://square.test/v2/refunds?location_id=L%2F1&begin_time="
        "2026-09-01T00%3A00%3A00.000Z&sort_order=ASC&limit=100");
  PlanRecheck early(Kind::refunds, place(), -5);
  CHECK(early.request(settings()).url.find("begin_time=1970-01-01T00%3A00%3A00.000Z") !=
        std::string::npos);
}

TEST_CASE("a look of an approval goes on page by page, and is over behind the last") {
  const ApprovalPreconditions basis = basis_of(group());
  for (const Kind kind : {Kind::orders, Kind::refunds}) {
    const bool orders = kind == Kind::orders;
    PlanRecheck one(kind, place(), september);
    const auto page = [&](std::int64_t at) {
      return orders ? R"({"orders":[)" + order("o9", september, "", "Urfa", at) + "]"
                    : R"({"refunds":[)" + refund("p9", "COMPLETED", at) + "]";
    };
    const auto found = look(one, basis, page(september + day) + R"(,"cursor":"c/1"})");
    CHECK(found.refused.empty());
    CHECK(found.stale.empty());
    CHECK(found.rows.empty());
    CHECK_FALSE(found.nothing);
    one.go_on();
    CHECK(one.state == State::resting);
    const auto asked = one.request(settings());
    CHECK((orders ? asked.body : asked.url).find(orders ? R"("cursor":"c/1")" : "&cursor=c%2F1") !=
          std::string::npos);
    CHECK(look(one, basis, page(september + 2 * day) + "}").refused.empty());
    one.go_on();
    CHECK(one.state == State::over);
  }
}

TEST_CASE("a page that is too large is asked for smaller, down to one thing, and then given up") {
  const ApprovalPreconditions basis = basis_of(group());
  pos::net::Reply large;
  large.transport = pos::net::Transport::too_large;
  PlanRecheck one(Kind::orders, place(), september);
  for (const char* limit : {"100", "20", "4", "1"}) {
    const auto found = one.take(large, basis, september, october);
    CHECK(found.nothing);
    CHECK(found.refused.empty());
    CHECK(one.state == State::resting);
    CHECK(one.request(settings()).body.find(std::string(R"("limit":)") + limit + "}") !=
          std::string::npos);
  }
  PlanRecheck::Found found;
  for (int i = 0; i < 3; ++i) found = one.take(large, basis, september, october);
  CHECK_FALSE(found.nothing);
  CHECK_FALSE(found.refused.empty());
}

TEST_CASE("two answers in a row may be lost, and not three; one that comes counts anew") {
  const ApprovalPreconditions basis = basis_of(group());
  pos::net::Reply lost;
  lost.transport = pos::net::Transport::timeout;
  PlanRecheck one(Kind::orders, place(), september);
  for (int i = 0; i < 2; ++i) CHECK(one.take(lost, basis, september, october).nothing);
  CHECK(look(one, basis, R"({"orders":[],"cursor":"c1"})").refused.empty());
  for (int i = 0; i < 2; ++i) CHECK(one.take(lost, basis, september, october).nothing);
  const auto found = one.take(lost, basis, september, october);
  CHECK_FALSE(found.nothing);
  CHECK_FALSE(found.refused.empty());
}

TEST_CASE("where Square refuses to say what is new, an approval says so at once") {
  const ApprovalPreconditions basis = basis_of(group());
  // A reply only points to its body.
  const std::string body = R"({"errors":[{"category":"RATE_LIMIT_ERROR","code":"RATE_LIMITED"}]})";
  pos::net::Reply throttled = replied(body, 429);
  throttled.retry_after = "9";
  PlanRecheck one(Kind::orders, place(), september);
  const auto found = one.take(throttled, basis, september, october);
  CHECK_FALSE(found.nothing);
  CHECK_FALSE(found.refused.empty());
  CHECK(found.retry_after_ms == 9000);
}

TEST_CASE("a list of which one thing cannot be read says nothing about what is new") {
  const ApprovalPreconditions basis = basis_of(group());
  const std::string good = order("o9", september, "", "Urfa");
  std::string timeless = good;
  timeless.replace(timeless.find("updated_at"), 7, "changed");
  for (const std::string& body :
       {std::string(R"({"orders":{}})"), std::string(R"({"orders":[{"name":"?"}]})"),
        R"({"orders":[)" + good + "," + timeless + "]}", std::string(R"({"things":[]})")}) {
    CAPTURE(body);
    PlanRecheck one(Kind::orders, place(), september);
    CHECK(look(one, basis, body).refused == "orders: a list that cannot be read");
  }
  for (const std::string& body :
       {std::string(R"({"refunds":7})"), std::string(R"({"refunds":[{"id":"R1"}]})")}) {
    PlanRecheck one(Kind::refunds, place(), september);
    CHECK(look(one, basis, body).refused == "refunds: a list that cannot be read");
  }
}

TEST_CASE("a look that goes in a circle, brings nothing later or never ends approves nothing") {
  const ApprovalPreconditions basis = basis_of(group());
  const auto pages_until = [&](std::int64_t step, bool circles, std::string& words) {
    PlanRecheck one(Kind::orders, place(), september);
    for (int i = 1; i < 100; ++i) {
      const std::string cursor = circles ? "same" : "c" + std::to_string(i);
      const auto found =
          look(one, basis,
               R"({"orders":[)" + order("o9", september, "", "Urfa", september + i * step) +
                   R"(],"cursor":")" + cursor + "\"}");
      words = found.refused + found.stale;
      if (!words.empty()) return i;
    }
    return 0;
  };
  std::string words;
  CHECK(pages_until(minute, true, words) == 2);
  CHECK(words == "orders: a list that does not come to an end");
  CHECK(pages_until(0, false, words) == 6);
  CHECK(words == "orders: a list that does not come to an end");
  CHECK(pages_until(minute, false, words) == 20);
  CHECK(words == "too much has happened at L/1 since it was read");
}

TEST_CASE("a look whose last page is the last that is allowed is whole, and not called endless") {
  const ApprovalPreconditions basis = basis_of(group());
  const auto ends_on = [&](int last, std::int64_t step) {
    PlanRecheck one(Kind::orders, place(), september);
    std::string words;
    for (int i = 1; i <= last && words.empty(); ++i) {
      const std::string cursor = i == last ? "" : "c" + std::to_string(i);
      const auto found =
          look(one, basis,
               R"({"orders":[)" + order("o9", september, "", "Urfa", september + i * step) +
                   R"(],"cursor":")" + cursor + "\"}");
      words = found.refused + found.stale;
      one.go_on();
    }
    return words.empty() && one.state == State::over;
  };
  for (const int pages : {1, 2, 19, 20}) CHECK(ends_on(pages, minute));
  CHECK_FALSE(ends_on(21, minute));
  for (const int pages : {1, 5, 6}) CHECK(ends_on(pages, 0));
  CHECK_FALSE(ends_on(7, 0));
}

TEST_CASE("each column of an order and of its payments is taken for itself, and none is lost") {
  Member member;
  OrderSnapshot& sale = member.sale;
  sale.id = "o1";
  sale.location_id = "l1";
  sale.created_at_ms = 101;
  sale.kind = "return";
  sale.state = "OPEN";
  sale.paid = true;
  sale.reference_id = "ref";
  sale.pos_sync = "k";
  sale.order_key = "A#r2";
  sale.table_id = "T5";
  sale.total = 102;
  sale.tip = 103;
  sale.currency = "TRY";
  sale.tax = "{}";
  sale.content = "kebap";
  sale.missing = "total_money";
  sale.fingerprint = "f";
  sale.reference_hash = 104;
  sale.metadata_hash = 105;
  sale.content_hash = 106;
  sale.table_hash = 107;
  sale.customer_hash = 108;
  sale.source_hash = 109;
  sale.tenders = "[]";
  member.table_others = 110;
  member.known = true;
  member.fixed_group = "g";
  member.fixed_role = "duplicate";
  for (const std::int64_t base : {200, 300}) {
    Tender tender;
    const std::string name = std::to_string(base);
    auto& payment = tender.payment;
    payment.id = "p" + name;
    payment.order_id = sale.id;
    payment.location_id = sale.location_id;
    payment.created_at_ms = base + 1;
    payment.status = "s" + name;
    payment.source_type = "t" + name;
    payment.amount = base + 2;
    payment.currency = "c" + name;
    payment.refunded = base + 3;
    payment.fee = base + 4;
    payment.instrument_hash = base + 5;
    payment.card_brand = "b" + name;
    payment.card_last_4 = "l" + name;
    payment.customer_hash = base + 6;
    tender.pending = base + 7;
    tender.disputed = base == 200;
    member.payments.push_back(tender);
  }
  const auto again = [](const Member& written) {
    pos::json::Document row;
    REQUIRE(row.parse(row_of(written, "group")));
    const auto read = pos::audit::read_member(row.root());
    CHECK(read.group_id == "group");
    CHECK(read.row == 7);
    CHECK(read.now_ms == october);
    return read.member;
  };
  CHECK(again(member) == member);
  sale.paid = member.known = member.payments[0].disputed = false;
  member.payments.pop_back();
  CHECK(again(member) == member);
}

}  // namespace audit_look_test
